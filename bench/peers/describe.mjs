// describe.mjs NAME: writes BENCH_WORK/NAME/peer.json from NAME/peer.mjs.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

const name = process.argv[2]
const peers = dirname(fileURLToPath(import.meta.url))
const { default: peer } = await import(`./${name}/peer.mjs`)
const pinned = JSON.parse(readFileSync(`${peers}/${name}/package.json`))
const { package: of, ...rest } = peer
const described = { name, version: pinned.dependencies[of], ...rest, clean: `'${peers}/clean' ${name}` }
writeFileSync(`${process.env.BENCH_WORK}/${name}/peer.json`, `${JSON.stringify(described, null, 2)}\n`)
