import { describe, expect, test } from 'vitest'
import { importsOf, roomOf, violations } from './import-rules.ts'
import { sourceFiles } from './source-files.ts'

const planted = (path: string, text: string) => violations([{ path, text }])

describe('the rooms', () => {
  const files = sourceFiles('lib', 'functions', 'cdk')

  test('import only downwards', () => {
    expect(violations(files)).toEqual([])
  })

  test('were all seen by this test, and their imports too', () => {
    const rooms = new Set(files.map(({ path }) => roomOf(path)))
    for (const room of [
      'base',
      'store',
      'records',
      'cluster',
      'log',
      'groups',
      'janitor',
      'http',
      'client',
      'cost',
      'local',
      'cli',
      'cdk',
    ]) {
      expect(rooms).toContain(room)
    }
    expect(files.length).toBeGreaterThan(60)
    expect(files.flatMap(importsOf).filter((specifier) => specifier.startsWith('.')).length).toBeGreaterThan(100)
  })
})

describe('the rule sees', () => {
  test('an import upwards', () => {
    expect(planted('lib/log/head.ts', "import { x } from '../http/app.ts'")).toEqual([
      'lib/log/head.ts imports lib/http/app.ts: log may not know http',
    ])
  })

  test('an import from the room beside', () => {
    expect(planted('lib/groups/offsets.ts', "import type { x } from '../log/log.ts'")).toHaveLength(1)
  })

  test('an import that spans lines, a dynamic one, and one for its effects', () => {
    expect(planted('lib/base/a.ts', "import {\n  x,\n  y,\n} from '../store/errors.ts'")).toHaveLength(1)
    expect(planted('lib/base/a.ts', "const a = await import('../store/errors.ts')")).toHaveLength(1)
    expect(planted('lib/base/a.ts', "import '../store/errors.ts'")).toHaveLength(1)
    expect(planted('lib/base/a.ts', "export { x } from '../store/errors.ts'")).toHaveLength(1)
  })

  test('an adapter outside a root', () => {
    expect(planted('lib/log/log.ts', "import { x } from '../store/adapters/sqlite/store.ts'")).toHaveLength(1)
    expect(planted('lib/local/start.ts', "import { x } from '../store/adapters/sqlite/store.ts'")).toEqual([])
  })

  test('the AWS SDK outside an adapter or a function', () => {
    expect(planted('lib/log/log.ts', "import { x } from '@aws-sdk/client-s3'")).toHaveLength(1)
    expect(planted('functions/produce.ts', "import { x } from '@aws-sdk/client-s3'")).toEqual([])
  })

  test('a client that knows more than records and base', () => {
    expect(planted('lib/client/client.ts', "import { x } from '../log/log.ts'")).toHaveLength(1)
    expect(planted('lib/client/client.ts', "import { x } from '../records/batch.ts'")).toEqual([])
  })

  test('infrastructure that knows what it deploys, or is known by it', () => {
    expect(planted('cdk/functions.ts', "import { x } from '../lib/base/limits.ts'")).toHaveLength(1)
    expect(planted('functions/produce.ts', "import { x } from '../cdk/gregor-props.ts'")).toHaveLength(1)
  })

  test('a room that nobody planned, and a way out of the house', () => {
    expect(planted('lib/utils/a.ts', '')).toHaveLength(1)
    expect(planted('lib/log/a.ts', "import { x } from '../../test/a.ts'")).toHaveLength(1)
  })

  test('no import in a comment', () => {
    expect(planted('lib/base/a.ts', "// import { x } from '../http/app.ts'\n/* from '../log/log.ts' */")).toEqual([])
  })
})
