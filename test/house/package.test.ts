/** The published package as somebody would install it: packed, unpacked elsewhere, run without the sources. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
const run = promisify(execFile)

test('the packed package has the command, the client and its types, and no sources', { timeout: 120_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gregor-package-'))
  try {
    await run(process.execPath, [join(root, '.ci/build.mjs')])
    const packed = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], { cwd: root })
    const [{ filename, files }] = JSON.parse(packed.stdout) as [{ filename: string; files: { path: string }[] }]
    const paths = files.map(({ path }) => path)
    expect(paths).toEqual(
      expect.arrayContaining([
        'LICENSE',
        'README.md',
        'lib/cli/bin.mjs',
        'dist/client/client.d.ts',
        'dist/client/kafkajs-socket.d.ts',
      ]),
    )
    expect(paths.filter((path) => /(?<!\.d)\.ts$|^test|^\.ci/.test(path))).toEqual([])
    await run('tar', ['-xzf', join(folder, filename), '-C', folder])
    symlinkSync(join(root, 'node_modules'), join(folder, 'package/node_modules'))

    const bin = join(folder, 'package/lib/cli/bin.mjs')
    const demo = await run(process.execPath, [bin, 'demo', '--records', '500', '--output', 'json'])
    expect(JSON.parse(demo.stdout)).toMatchObject({ records: 500, faults: [] })

    const user = join(folder, 'package/user.mjs')
    writeFileSync(
      user,
      `import { GregorClient, GregorError } from 'gregor'
       import { kafkajsOverHttp } from 'gregor/kafkajs'
       if (kafkajsOverHttp({ url: 'https://api.test' }).brokers[0] !== 'api.test:443') throw new Error('kafkajs')
       const client = new GregorClient({ url: 'http://127.0.0.1:9', retry: { attemptsMax: 1 } })
       await client.health().catch((fault) => console.log(fault instanceof GregorError))`,
    )
    expect((await run(process.execPath, [user])).stdout).toBe('true\n')
  } finally {
    rmSync(folder, { recursive: true })
  }
})
