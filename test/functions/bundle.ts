/** The functions bundled as they are deployed: CommonJS, minified, with all that they need and nothing native. */
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { aliases, bundlingOptions, definitions, filesBeside, injected, repository } from '../../cdk/bundling.ts'
import type { FunctionName } from '../../cdk/gregor-props.ts'

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
  const file = join(folder, `${name}${tracing ? '-traced' : ''}.cjs`)
  const made = await bundleSource(`functions/${name}.ts`, file, { tracing })
  for (const beside of filesBeside(name)) await copyFile(beside.from, join(folder, beside.name))
  return made
}

/** `source`: relative to the repository. What is to lie beside it is not there. */
export async function bundleSource(source: string, file: string, { tracing = false } = {}): Promise<Bundle> {
  const { metafile, outputFiles } = await build({
    entryPoints: [join(repository, source)],
    absWorkingDir: repository,
    bundle: true,
    ...bundlingOptions,
    mainFields: [...bundlingOptions.mainFields],
    inject: [...injected],
    platform: 'node',
    format: 'cjs',
    charset: 'utf8',
    define: definitions(tracing),
    alias: { ...aliases },
    outfile: file,
    metafile: true,
    logLevel: 'silent',
    write: false,
  })
  const [output] = outputFiles
  if (output === undefined) throw new Error(`no bundle of ${source}`)
  await writeFile(file, output.contents)
  return {
    file,
    bytes: output.contents.length,
    text: output.text,
    inputs: Object.keys(metafile.inputs),
    imports: Object.values(metafile.outputs).flatMap((each) => each.imports.map(({ path }) => path)),
  }
}
