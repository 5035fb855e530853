import { withPayload } from '@payloadcms/next/withPayload'

// This folder is a project of its own, whatever lies above it.
const root = import.meta.dirname
export default withPayload(
  { outputFileTracingRoot: root, turbopack: { root }, typescript: { ignoreBuildErrors: true } },
  { devBundleServerPackages: false }
)
