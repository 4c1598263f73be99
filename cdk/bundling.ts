/**
 * How esbuild makes a function's bundle: as the construct deploys it, and as the tests and benches of bundles make it, too.
 * CommonJS, since Node loads a module that way 4 ms earlier: an ES module that names one thing of Node's gets all of them.
 */
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import type { FunctionName } from './gregor-props.ts'

export const repository = resolve(import.meta.dirname, '..')
const inFunctions = (file: string) => resolve(repository, 'functions', file)

/** What stands for what: each file says why. */
export const aliases: Readonly<Record<string, string>> = {
  '@aws-sdk/credential-provider-node': inFunctions('environment-credentials.ts'),
  '@smithy/core/event-streams': inFunctions('no-event-streams.ts'),
  'node:fs/promises': inFunctions('no-settings-files.ts'),
  re2js: inFunctions('late-re2.ts'),
}

/** What stands for globals: in every module that names one. */
export const injected: readonly string[] = [
  resolve(repository, 'lib/http/light-fetch.ts'),
  inFunctions('no-web-streams.ts'),
]

export const bundlingOptions = {
  target: 'node24',
  minify: true,
  // The SDK's ESM sources leave out what is not used; its CommonJS cannot.
  mainFields: ['module', 'main'],
} as const

/** Who is not traced carries none of X-Ray's SDK, which would be a fifth of a cold start. */
export const definitions = (tracing: boolean) => ({
  'process.env.POWERTOOLS_TRACE_ENABLED': JSON.stringify(String(tracing)),
})

/** Beside a bundle lies what is read late (`functions/late-re2.ts`): from where, and by what name. */
export function filesBeside(name: FunctionName): readonly { readonly from: string; readonly name: string }[] {
  if (!knowsGroups.has(name)) return []
  return [{ from: createRequire(import.meta.url).resolve('re2js'), name: 're2js.cjs' }]
}

const knowsGroups: ReadonlySet<FunctionName> = new Set(['commit', 'kafka', 'janitor'])
