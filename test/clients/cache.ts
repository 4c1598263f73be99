/**
 * Where real clients and Apache Kafka are installed: outside of git, below `node_modules`, so that they go when that goes.
 * Each installation leaves a stamp with what it was made of when it is whole; one that was cut short is begun again.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

export const root = resolve(import.meta.dirname, '../..')
const cacheFolder = join(root, 'node_modules/.cache/gregor-clients')

/** A reason in words why something cannot be had on this machine. */
export class Unavailable extends Error {
  override name = 'Unavailable'
}

/** A folder of the cache, made when it is not there. */
export function folderOf(name: string): string {
  const folder = join(cacheFolder, name)
  mkdirSync(folder, { recursive: true })
  return folder
}

/** Runs `install` in a folder of its own unless it has run with the same ingredients; answers the folder. */
export async function installedOnce(
  name: string,
  ingredients: unknown,
  install: (folder: string) => Promise<void>,
): Promise<string> {
  const stamp = join(cacheFolder, `${name}.installed`)
  const wanted = JSON.stringify(ingredients)
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return join(cacheFolder, name)
  const started = performance.now()
  rmSync(stamp, { force: true })
  rmSync(join(cacheFolder, name), { recursive: true, force: true })
  await install(folderOf(name))
  writeFileSync(stamp, wanted)
  console.log(`  installed ${name} in ${((performance.now() - started) / 1000).toFixed(0)} s`)
  return join(cacheFolder, name)
}

/** Where a command runs, and with which variables beside this process's own. */
export interface CallOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly msMax?: number
}

/** Runs a command to its end; answers its standard output. @throws Unavailable with the end of what it said. */
export function call([command = '', ...args]: readonly string[], options: CallOptions = {}): Promise<string> {
  const { cwd = root, env = {}, msMax = 600_000 } = options
  return new Promise((done, fail) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: msMax,
      killSignal: 'SIGKILL',
    })
    let out = ''
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      out += chunk
      said = (said + chunk).slice(-20_000)
    })
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      said = (said + chunk).slice(-20_000)
    })
    child.once('error', (fault) =>
      fail(new Unavailable(`${command} cannot be run: ${fault.message}`, { cause: fault })),
    )
    child.once('close', (code, signal) => {
      if (code === 0) return done(out)
      fail(
        new Unavailable(
          `${command} ${args.join(' ').slice(0, 200)} ended with ${signal ?? code}: ${said.trim().slice(-600)}`,
        ),
      )
    })
  })
}
