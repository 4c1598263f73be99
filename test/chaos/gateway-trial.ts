/**
 * Two gateways on one table and one bucket, each behind proxies of its own, so that they see different weather: killed, frozen
 * for longer than their leases, cut off, delayed, their writes delivered twice, their stores at 503 for a minute.
 */

import { pause } from '../failover/cluster-client.ts'
import { type Chance, chanceOf } from './chance.ts'
import { GregorProcess, NotStarted, shortSessions } from './gregor-process.ts'
import { lastingPort } from './lasting-port.ts'
import { calm, StoreProxy, type Weather } from './store-proxy.ts'
import { Storyteller, type Trial } from './trial.ts'
import { insisting, Workload } from './workload.ts'

export interface GatewayOptions {
  readonly dynamo: string
  readonly s3: string
  readonly kills: number
  readonly seed: number
  /** How long both stores answer 503, once, ms. */
  readonly unavailableMs: number
}

const sessionMs = 3_000
const leases = [`broker.session.timeout.ms=${sessionMs}`, 'broker.heartbeat.interval.ms=500']
const loadMs = [300, 1_500] as const
const stormMs = 2_500
const startTriesMax = 10

/** A network and stores as they are on a bad day, all the time. */
const drizzle: Weather = {
  ...calm,
  ...{ cutBefore: 0.005, cutAfter: 0.01, delay: 0.02, delayMsMax: 300, duplicate: 0.1, lateMsMax: 5_000 },
}
const storms: Readonly<Record<string, Weather>> = {
  'connections are cut': { ...drizzle, cutBefore: 0.2, cutAfter: 0.2 },
  'answers are lost': { ...drizzle, cutAfter: 0.5 },
  'calls are delayed': { ...drizzle, delay: 0.5, delayMsMax: 2_000 },
  'writes come twice': { ...drizzle, duplicate: 1 },
  'stores answer 503': { ...drizzle, unavailable: true },
}

type Fault = 'kill' | 'kill both' | 'freeze' | 'storm' | 'stop'
const faults: readonly Fault[] = ['kill', 'kill', 'kill', 'kill both', 'kill both', 'freeze', 'storm', 'storm', 'stop']

export async function gatewayTrial(options: GatewayOptions): Promise<Trial> {
  const { seed, kills } = options
  const teller = new Storyteller('gateways')
  const chance = chanceOf(seed)
  const table = `chaos-${process.pid}-${seed}`
  const gateways = [await Gateway.open(1, table, options, chance), await Gateway.open(2, table, options, chance)]
  const bootstrap = gateways.map(({ address }) => address)
  const workload = new Workload({ bootstrap, topic: 'orders', chance: chance.fork(), pauseMsMax: 40 })
  try {
    for (const gateway of gateways) await gateway.start()
    // Each has seen the other.
    await pause(1_500)
    await insisting(() => workload.start())
    for (const gateway of gateways) gateway.weather(drizzle)
    while ((teller.counts.kills ?? 0) < kills) {
      await pause(chance.between(...loadMs))
      await strike(gateways, chance, teller)
      if (!(await isWell(workload, teller))) break
      teller.progress(`${teller.counts.kills ?? 0} kills, ${workload.history.acknowledgedRecords} records acknowledged`)
    }
    if (teller.wrongs.length === 0) await unavailable(gateways, options.unavailableMs, workload, teller)
    for (const gateway of gateways) gateway.weather(calm)
    for (const gateway of gateways) await gateway.settled()
    if (teller.wrongs.length === 0) teller.judge(await workload.finish())
  } catch (fault) {
    teller.judge([fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)])
  } finally {
    workload.close()
    await Promise.all(gateways.map((gateway) => gateway.close()))
    await workload.ended()
  }
  for (const [what, n] of gateways.flatMap((gateway) => gateway.counts)) teller.count(what, n)
  return teller.trial(seed, workload.counts)
}

async function isWell(workload: Workload, teller: Storyteller): Promise<boolean> {
  return teller.judge(await workload.recovered()) && teller.judge(await workload.audit('some again'))
}

async function unavailable(gateways: readonly Gateway[], ms: number, workload: Workload, teller: Storyteller) {
  teller.tell(`both stores answer 503 for ${ms} ms`)
  teller.progress(`both stores answer 503 for ${ms} ms`)
  for (const gateway of gateways) gateway.weather({ ...calm, unavailable: true })
  await pause(ms)
  for (const gateway of gateways) gateway.weather(drizzle)
  teller.tell('the stores are back')
  // Who has lost its lease takes it again; who has given up is started again.
  for (const gateway of gateways) if (!gateway.process.isRunning) await gateway.start()
  await isWell(workload, teller)
}

async function strike(gateways: readonly Gateway[], chance: Chance, teller: Storyteller): Promise<void> {
  const fault = chance.pick(faults)
  const gateway = chance.pick(gateways)
  const both = [gateway, ...gateways.filter((each) => each !== gateway)]
  teller.tell(`${fault}${fault === 'kill both' ? '' : ` ${gateway.broker}`}`)
  switch (fault) {
    case 'kill':
    case 'kill both': {
      const struck = fault === 'kill' ? [gateway] : both
      await Promise.all(struck.map((each) => each.process.kill()))
      teller.count('kills', struck.length)
      if (chance.happens(0.3)) await pause(sessionMs)
      await Promise.all(struck.map((each) => each.start()))
      return
    }
    case 'freeze':
      teller.count('freezes')
      gateway.process.freeze()
      await pause(chance.pick([300, sessionMs - 200, sessionMs * 2]))
      return gateway.process.thaw()
    case 'storm': {
      const [what, weather] = chance.pick(Object.entries(storms))
      const struck = chance.happens(0.5) ? [gateway] : both
      teller.tell(`${what}, for ${struck.map(({ broker }) => broker).join(' and ')}`)
      teller.count('storms')
      for (const each of struck) each.weather(weather)
      await pause(stormMs)
      for (const each of struck) each.weather(drizzle)
      return
    }
    case 'stop':
      teller.count('stops')
      await gateway.process.stop()
      return gateway.start()
  }
}

/** One broker on its port, in one process after the other, and its two ways to the stores. */
class Gateway {
  readonly broker: number
  readonly address: string
  readonly #proxies: readonly StoreProxy[]
  readonly #words: readonly string[]
  readonly #env: Readonly<Record<string, string>>
  readonly #name: string
  #process: GregorProcess | undefined

  private constructor(broker: number, table: string, port: number, [dynamo, s3]: readonly [StoreProxy, StoreProxy]) {
    this.broker = broker
    this.address = `127.0.0.1:${port}`
    this.#proxies = [dynamo, s3]
    this.#name = `${table}-${broker}`
    const configs = [`node.id=${broker}`, ...leases].flatMap((setting) => ['--config', setting])
    const ports = ['--kafka-port', String(port), '--http-port', '0']
    this.#words = ['gateway', '--table', table, '--bucket', table, '--create', ...ports, ...configs, ...shortSessions]
    this.#env = {
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_ENDPOINT_URL_DYNAMODB: dynamo.url,
      AWS_ENDPOINT_URL_S3: s3.url,
    }
  }

  static async open(broker: number, table: string, stores: { dynamo: string; s3: string }, chance: Chance) {
    const proxies = await Promise.all([
      StoreProxy.open(stores.dynamo, chance.fork()),
      StoreProxy.open(stores.s3, chance.fork()),
    ])
    return new Gateway(broker, table, await lastingPort(), proxies)
  }

  get process(): GregorProcess {
    if (this.#process === undefined) throw new Error('it was never started')
    return this.#process
  }

  get counts(): [string, number][] {
    return this.#proxies.flatMap(({ counts }) =>
      Object.entries(counts).map(([what, n]) => [`store calls: ${what}`, n] as [string, number]),
    )
  }

  weather(weather: Weather): void {
    for (const proxy of this.#proxies) proxy.weather = weather
  }

  /** What the weather makes impossible is tried again, as whatever starts gateways does. */
  async start(): Promise<void> {
    for (let tries = 1; ; tries++) {
      this.#process = new GregorProcess({ name: this.#name, words: this.#words, env: this.#env })
      try {
        return await this.#process.ready()
      } catch (fault) {
        if (!(fault instanceof NotStarted) || tries === startTriesMax) throw fault
      }
    }
  }

  async settled(): Promise<void> {
    await Promise.all(this.#proxies.map((proxy) => proxy.settled()))
  }

  async close(): Promise<void> {
    this.weather(calm)
    await this.#process?.stop()
    await Promise.all(this.#proxies.map((proxy) => proxy.close()))
  }
}
