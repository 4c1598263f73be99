/** Time, chance, timers and the process's environment belong to adapters and roots; everything else is handed them. */
import { expect, test } from 'vitest'
import { type SourceFile, sourceFiles, withoutComments } from './source-files.ts'

const effects: readonly { readonly what: string; readonly pattern: RegExp }[] = [
  { what: 'the clock', pattern: /\bDate\.now\b|\bnew Date\(\)|\bperformance\.|\bhrtime\b/ },
  {
    what: 'chance',
    pattern: /\bMath\.random\b|\brandomUUID\b|\brandomBytes\b|\brandomFill(Sync)?\b|\bgetRandomValues\b/,
  },
  { what: 'a timer', pattern: /\bset(Timeout|Interval|Immediate)\b|node:timers|\bAbortSignal\.timeout\b/ },
  // 'process.roles' is the name of a broker config.
  { what: 'the process', pattern: /(?<!['"])\bprocess\./ },
  { what: 'the console', pattern: /\bconsole\./ },
]

const isRim = (path: string) =>
  /^(functions|lib\/cli|lib\/local|lib\/store\/adapters)\//.test(path) || path === 'lib/base/system.ts'

const found = (files: readonly SourceFile[]): string[] =>
  files
    .filter(({ path }) => !isRim(path))
    .flatMap(({ path, text }) =>
      effects
        .filter(({ pattern }) => pattern.test(withoutComments(text)))
        .map(({ what }) => `${path} reaches for ${what}`),
    )

test('nothing but adapters and roots reaches for time, chance, timers, the process or the console', () => {
  const files = sourceFiles('lib', 'functions', 'cdk')
  expect(files.length).toBeGreaterThan(60)
  expect(found(files)).toEqual([])
})

test('the rule sees each of them', () => {
  const planted = (text: string) => found([{ path: 'lib/log/head.ts', text }])
  expect(planted('const at = Date.now()')).toEqual(['lib/log/head.ts reaches for the clock'])
  expect(planted('const at = Math.random()')).toHaveLength(1)
  expect(planted('setTimeout(f, 1)')).toHaveLength(1)
  expect(planted('process.env.HOME')).toHaveLength(1)
  expect(planted("console.log('x')")).toHaveLength(1)
  expect(planted('// Date.now() is not called here\nnew Date(ms).toISOString()')).toEqual([])
})
