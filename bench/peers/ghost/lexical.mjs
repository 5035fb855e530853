/** A body in Markdown as the document that Ghost's editor keeps. */
export const lexical = (markdown) => JSON.stringify({
  root: {
    children: [{ type: 'markdown', version: 1, markdown }],
    direction: null, format: '', indent: 0, type: 'root', version: 1
  }
})
