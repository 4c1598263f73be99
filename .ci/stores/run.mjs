/**
 * `npm run test:stores`, `test:failover`, `test:chaos`: installs and starts the stand-ins for AWS, runs vitest's project
 * `stores` or `failover`, or `test/chaos/main.ts`, as the first argument says, against them, and stops what it started. A stand-in is one module beside this: `install()` puts it into `.stores` (npm or pip are its own
 * affair) or throws `Unavailable` with a reason, `start()` answers `{ env, stop }`: the variables that tell the tests where it
 * listens. A stand-in that cannot be had is skipped with its reason on a desk, and is a failure where CI=true.
 */
import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { Unavailable } from './server.mjs'

/** In the order in which they are installed, one after the other: npm does not share a folder. */
const standInsOf = {
  stores: ['dynoxide', 'dynamodb-local', 'ministack'],
  failover: ['dynoxide', 'ministack'],
  chaos: ['dynoxide', 'ministack'],
}
const [project, ...more] = process.argv.slice(2)
const standIns = standInsOf[project]
if (standIns === undefined) throw new Error(`there is no project ${project}`)

const running = []
const missing = []
const env = { ...process.env }

async function stopAll() {
  await Promise.allSettled(running.splice(0).map((stop) => stop()))
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => stopAll().then(() => process.exit(130)))
}

for (const name of standIns) {
  try {
    const standIn = await import(`./${name}.mjs`)
    await standIn.install()
    const started = await standIn.start()
    running.push(started.stop)
    Object.assign(env, started.env)
    console.log(`${name}: ${Object.values(started.env).join(', ')}`)
  } catch (fault) {
    missing.push(name)
    console.log(`${name}: not tested, ${fault instanceof Unavailable ? fault.message : (fault.stack ?? fault)}`)
  }
}

if (missing.length > 0 && process.env.CI === 'true') {
  console.error(`In CI every stand-in must be tested; missing: ${missing.join(', ')}.`)
  await stopAll()
  process.exit(1)
}

const root = resolve(import.meta.dirname, '../..')
const vitest = resolve(root, 'node_modules/vitest/vitest.mjs')
const chaos = resolve(root, 'test/chaos/main.ts')
const args = project === 'chaos' ? [chaos, ...more] : [vitest, 'run', '--project', project, ...more]
const tests = spawn(process.execPath, args, { cwd: root, env, stdio: 'inherit' })
const code = await new Promise((done) => tests.once('exit', (status) => done(status ?? 1)))
await stopAll()
process.exit(code)
