/**
 * `npm run build`: the sources as JavaScript and type declarations in dist/, for the published package (Node strips no types
 * below node_modules). A clone needs none of it.
 */
import { spawnSync } from 'node:child_process'
import { copyFileSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')
rmSync(resolve(root, 'dist'), { recursive: true, force: true })
const compiler = resolve(root, 'node_modules/typescript/bin/tsc')
const { status } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' })
// The command starts itself again for `gregor demo`, from beside its compiled sources.
if (status === 0) copyFileSync(resolve(root, 'lib/cli/bin.mjs'), resolve(root, 'dist/cli/bin.mjs'))
process.exitCode = status ?? 1
