/**
 * `npm run test:clients`: installs real clients, starts a local Gregor, and runs vitest's project `clients` against it.
 * `--write` keeps the matrix in docs/clients.md, `--only kcat,franz-go` takes some clients, `--against apache-kafka` proves the
 * drivers on Apache Kafka, and GREGOR_TEST_BOOTSTRAP names any other server. A client that cannot be had is left out with its
 * reason on a desk, and is a failure where CI=true.
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startApacheKafka } from './apache-kafka.ts'
import { root, Unavailable } from './cache.ts'
import { clients, type Start } from './catalog.ts'
import { startGregor } from './gregor-server.ts'
import type { ServerProcess } from './server-process.ts'

/** What the tests are told. */
export interface Plan {
  readonly bootstrap: string
  readonly starts: Readonly<Record<string, Start>>
  readonly write: boolean
  /** All clients against Gregor: what is found is what the document says. */
  readonly complete: boolean
}

async function installAll(names: readonly string[]): Promise<{ starts: Record<string, Start>; missing: string[] }> {
  const starts: Record<string, Start> = {}
  const missing: string[] = []
  for (const client of clients.filter(({ name }) => names.includes(name))) {
    try {
      starts[client.name] = await client.install()
    } catch (fault) {
      missing.push(client.name)
      const reason = fault instanceof Unavailable ? fault.message : fault
      console.log(`${client.name}: not tested,`, reason)
    }
  }
  return { starts, missing }
}

async function startServer(against: string | undefined): Promise<ServerProcess> {
  const bootstrap = process.env.GREGOR_TEST_BOOTSTRAP
  if (bootstrap !== undefined) return { bootstrap, pid: 0, stop: async () => undefined }
  return against === 'apache-kafka' ? startApacheKafka() : startGregor()
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { write: { type: 'boolean' }, only: { type: 'string' }, against: { type: 'string' } },
    strict: false,
    tokens: true,
    allowPositionals: true,
  })
  void positionals
  const only = typeof values.only === 'string' ? values.only.split(',') : clients.map(({ name }) => name)
  console.log('Installing clients ...')
  const { starts, missing } = await installAll(only)
  if (missing.length > 0 && process.env.CI === 'true') {
    console.error(`In CI every client must be tested; missing: ${missing.join(', ')}.`)
    return 1
  }
  const against = typeof values.against === 'string' ? values.against : undefined
  const server = await startServer(against)
  const isGregor = against === undefined && process.env.GREGOR_TEST_BOOTSTRAP === undefined
  const plan: Plan = {
    bootstrap: server.bootstrap,
    starts,
    write: values.write === true,
    complete: isGregor && Object.keys(starts).length === clients.length,
  }
  try {
    return await vitest(plan)
  } finally {
    await server.stop()
  }
}

/** What is not ours is vitest's: reporters, among others. */
function vitest(plan: Plan): Promise<number> {
  const passed = process.argv.slice(2).filter((word, n, words) => !isOurs(word) && !takesNext(words[n - 1]))
  const args = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--project', 'clients', ...passed]
  const env = { ...process.env, GREGOR_TEST_CLIENTS: JSON.stringify(plan) }
  const tests = spawn(process.execPath, args, { cwd: root, env, stdio: 'inherit' })
  return new Promise((done) => tests.once('exit', (code) => done(code ?? 1)))
}

const isOurs = (word: string) => /^--(write|only|against)(=|$)/.test(word)
const takesNext = (word: string | undefined) => word === '--only' || word === '--against'

if (import.meta.main) process.exitCode = await main()
