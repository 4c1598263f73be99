/** The functions bundled as they are deployed: ESM, minified, with all that they need and nothing native. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'

export const functionNames = ['produce', 'fetch', 'commit', 'topics', 'kafka', 'janitor'] as const
export type FunctionName = (typeof functionNames)[number]

const root = resolve(import.meta.dirname, '../..')

export interface Bundle {
  /** Where it can be imported from. */
  readonly file: string
  readonly bytes: number
  readonly text: string
  /** The sources in it, relative to the repository. */
  readonly inputs: readonly string[]
  /** Modules that it imports when it runs. */
  readonly imports: readonly string[]
}

/** A folder for bundles, and how to be rid of it. */
export async function bundleFolder(): Promise<{ folder: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'gregor-bundles-'))
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) }
}

/** One folder is one world: what is imported from it is loaded once. */
export async function bundle(name: FunctionName, folder: string, { tracing = false } = {}): Promise<Bundle> {
  const file = join(folder, `${name}${tracing ? '-traced' : ''}.mjs`)
  const { metafile, outputFiles } = await build({
    entryPoints: [join(root, 'functions', `${name}.ts`)],
    absWorkingDir: root,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // The SDK's ESM sources leave out what is not used; its CommonJS cannot.
    mainFields: ['module', 'main'],
    // Some CommonJS in the bundle asks for Node's own modules.
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    define: { 'process.env.POWERTOOLS_TRACE_ENABLED': JSON.stringify(String(tracing)) },
    alias: { '@aws-sdk/credential-provider-node': join(root, 'functions/environment-credentials.ts') },
    outfile: file,
    metafile: true,
    logLevel: 'silent',
    write: false,
  })
  const [output] = outputFiles
  if (output === undefined) throw new Error(`no bundle of ${name}`)
  await writeFile(file, output.contents)
  return {
    file,
    bytes: output.contents.length,
    text: output.text,
    inputs: Object.keys(metafile.inputs),
    imports: Object.values(metafile.outputs).flatMap((each) => each.imports.map(({ path }) => path)),
  }
}
