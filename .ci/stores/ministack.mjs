/**
 * ministack: S3 among much else of AWS, in Python, without Docker. Its environment is made once for each version in
 * `.stores/venv`; nothing outside `.stores` is touched.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { folder, freePort, startServer, Unavailable } from './server.mjs'

const version = '1.5.33'
const environment = join(folder, 'venv')
const programs = join(environment, process.platform === 'win32' ? 'Scripts' : 'bin')
/** Written last, so that an installation that was cut short is begun again. */
const installed = join(environment, 'installed-ministack')

export async function install() {
  mkdirSync(folder, { recursive: true })
  if (existsSync(installed) && readFileSync(installed, 'utf8') === version) return
  run('python3', ['-m', 'venv', environment], 'it needs Python 3 with its venv module')
  const packages = [`ministack==${version}`, 'cryptography']
  const pip = ['install', '--quiet', '--disable-pip-version-check', ...packages]
  run(join(programs, 'pip'), pip, 'pip could not install it')
  writeFileSync(installed, version)
}

export async function start() {
  const { url, stop } = await startMinistack('ministack')
  return { env: { GREGOR_TEST_MINISTACK: url }, stop }
}

/**
 * One of its own, with a folder of that name in `.stores` and these variables besides the environment's. Answers its URL,
 * its folder and `stop()`.
 */
export async function startMinistack(name, variables = {}) {
  const port = await freePort()
  const temporary = join(folder, name)
  mkdirSync(temporary, { recursive: true })
  // Functions that it runs are CommonJS, and would take the type of the nearest package.
  writeFileSync(join(temporary, 'package.json'), '{ "type": "commonjs" }\n')
  const env = {
    ...process.env,
    PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ''}`,
    BIND_HOST: '127.0.0.1',
    GATEWAY_PORT: String(port),
    TMPDIR: temporary,
    ...variables,
  }
  const command = join(programs, 'ministack')
  const stop = await startServer({ name, command, args: [], port, env, cwd: temporary })
  return { url: `${variables.USE_SSL === '1' ? 'https' : 'http'}://127.0.0.1:${port}`, temporary, stop }
}

function run(command, args, otherwise) {
  try {
    execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  } catch (fault) {
    const reason = String(fault.stderr ?? '').trim() || fault.message
    throw new Unavailable(`${otherwise}: ${reason.slice(-400)}`)
  }
}
