/**
 * Runs before `npm start` and `npm test`: installs what the lock file asks for, if it is not what was installed last. Plain
 * JavaScript that Node 20 runs, since on a fresh clone that may be all there is; what it installs carries a Node 24, which
 * then comes first on the path of npm's scripts. It writes to standard error only (standard output belongs to the command
 * that follows), and nothing in git changes. `npm ci` is no use here: it refuses a lock file that was written where some
 * platform's optional packages could not be seen.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'

const root = resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..')
const modules = join(root, 'node_modules')
/** Holds the hash of what was installed last; beside it lies what it speaks of, so both go together. */
const stamp = join(modules, '.gregor-install')

function wanted() {
  const hash = createHash('sha256')
  for (const file of ['package.json', 'package-lock.json', '.ci/node-runtime/package.json']) {
    const path = join(root, file)
    hash.update(existsSync(path) ? readFileSync(path) : '')
  }
  return `${hash.digest('hex')} ${process.platform}-${process.arch}\n`
}

function installed() {
  return existsSync(stamp) ? readFileSync(stamp, 'utf8') : undefined
}

/** npm as it runs us, else the one on the path; another package manager's path is of no use. */
function npm(args) {
  const running = process.env.npm_execpath
  if (running && /^npm-cli\.c?js$/.test(basename(running))) return [process.execPath, [running, ...args], false]
  return ['npm', args, process.platform === 'win32']
}

function install() {
  const [command, args, shell] = npm([
    'install',
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    '--fetch-retry-mintimeout=1000',
  ])
  // A bare child: what npm was told on its own command line (`npm start --silent`) is not meant for this.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => name !== 'npm_config_loglevel'))
  return new Promise((done) => {
    const child = spawn(command, args, { cwd: root, env, shell, stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    const keep = (chunk) => {
      said = (said + chunk).slice(-20_000)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.once('error', (fault) => done({ ok: false, said: String(fault) }))
    child.once('close', (code) => done({ ok: code === 0, said }))
  })
}

/** What went wrong, and what to do about it, in a sentence each. */
function explain(said) {
  if (/ENOSPC|no space left/i.test(said)) return 'the disk is full. Free some space (about 700 MB), then try again.'
  if (/EACCES|EPERM|EROFS/.test(said)) {
    return `npm may not write to ${modules}. Make the folder yours, or clone to one that is, then try again.`
  }
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ERR_SOCKET_TIMEOUT|network|EIDLETIMEOUT/i.test(said)) {
    return 'npm could not reach its registry. Check the network (or npm’s proxy settings), then try again.'
  }
  if (/spawn npm ENOENT/.test(said))
    return 'there is no npm on the path. Install Node 20 or later with npm, then try again.'
  return `npm failed:\n${said.trim().split('\n').slice(-12).join('\n')}\nIf that names nothing you can mend, delete node_modules and try again.`
}

const isOfNpm = (said) => explain(said).startsWith('npm failed')

async function main() {
  const want = wanted()
  if (installed() === want) return 0
  const terminal = process.stderr.isTTY
  const started = Date.now()
  const seconds = () => Math.round((Date.now() - started) / 1000)
  const line = () => `\rInstalling Gregor's packages (once, about 20 seconds) ... ${seconds()} s `
  process.stderr.write(terminal ? line() : "Installing Gregor's packages (once, about 20 seconds) ...\n")
  const ticker = terminal ? setInterval(() => process.stderr.write(line()), 1000) : undefined
  const isFirst = !existsSync(modules)
  let { ok, said } = await install()
  // npm sometimes stumbles over itself in an empty folder; what it has left there would be in its way.
  if (!ok && isFirst && isOfNpm(said)) {
    rmSync(modules, { recursive: true, force: true })
    ;({ ok, said } = await install())
  }
  clearInterval(ticker)
  if (terminal) process.stderr.write('\n')
  if (!ok) {
    process.stderr.write(`Gregor's packages could not be installed: ${explain(said)}\n`)
    return 1
  }
  try {
    mkdirSync(modules, { recursive: true })
    writeFileSync(stamp, want)
  } catch (fault) {
    process.stderr.write(
      `Installed, but ${stamp} could not be written (${fault.code}): the next start installs again.\n`,
    )
  }
  return 0
}

process.exitCode = await main()
