/**
 * `gregor start --data` under load: killed, killed while it starts, stopped and woken, asked to stop; started again each time
 * on what it left behind.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pause } from '../failover/cluster-client.ts'
import { type Chance, chanceOf } from './chance.ts'
import { GregorProcess, shortSessions } from './gregor-process.ts'
import { lastingPort } from './lasting-port.ts'
import { Storyteller, type Trial } from './trial.ts'
import { insisting, Workload } from './workload.ts'

export interface LocalOptions {
  readonly durability: 'process' | 'power'
  readonly kills: number
  readonly seed: number
}

/** How long it is under load before each fault, ms. */
const loadMs = [50, 700] as const
const frozenMs = [100, 2_000] as const
/** It is ready after about 400 ms. */
const startingMs = [0, 450] as const
const progressEvery = 10

type Fault = 'kill' | 'kill while starting' | 'freeze' | 'freeze and kill' | 'stop'
const faults: readonly Fault[] = [
  ...Array<Fault>(7).fill('kill'),
  'kill while starting',
  'kill while starting',
  'freeze',
  'freeze and kill',
  'stop',
]

export async function localTrial({ durability, kills, seed }: LocalOptions): Promise<Trial> {
  const name = `local, ${durability}`
  const teller = new Storyteller(name)
  const folder = mkdtempSync(join(tmpdir(), 'gregor-chaos-'))
  const cluster = new LocalCluster(folder, durability, await lastingPort(), seed)
  const chance = chanceOf(seed)
  const parts = { bootstrap: [cluster.address], topic: 'orders', chance: chance.fork(), pauseMsMax: 40 }
  const workload = new Workload(parts)
  try {
    await cluster.start()
    await insisting(() => workload.start())
    while ((teller.counts.kills ?? 0) < kills) {
      await pause(chance.between(...loadMs))
      await strike(cluster, chance.pick(faults), chance, teller)
      if (!teller.judge(await workload.recovered())) break
      if (!teller.judge(await workload.audit('some again'))) break
      const done = teller.counts.kills ?? 0
      if (done > 0 && done % progressEvery === 0)
        teller.progress(`${done} kills, ${workload.history.acknowledgedRecords} records acknowledged`)
    }
    if (teller.wrongs.length === 0) teller.judge(await workload.finish())
    teller.tell('stopped, and started once more')
    if ((await cluster.stop()) !== 0) teller.judge(['it did not stop as it should'])
    await cluster.start()
    teller.judge(await workload.audit('all again'))
    return teller.trial(seed, workload.counts)
  } catch (fault) {
    teller.judge([fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)])
    return teller.trial(seed, workload.counts)
  } finally {
    workload.close()
    await cluster.stop()
    await workload.ended()
    if (teller.wrongs.length === 0) rmSync(folder, { recursive: true })
    else console.log(`${name}: the data is kept in ${folder}`)
  }
}

async function strike(cluster: LocalCluster, fault: Fault, chance: Chance, teller: Storyteller): Promise<void> {
  teller.tell(fault)
  teller.count(fault === 'freeze' || fault === 'stop' ? `${fault}s` : 'kills')
  if (fault === 'stop') {
    if ((await cluster.stop()) !== 0) teller.judge(['it did not stop as it should'])
    return cluster.start()
  }
  if (fault.startsWith('freeze')) {
    if (fault === 'freeze and kill') teller.count('freezes')
    cluster.process.freeze()
    await pause(chance.between(...frozenMs))
    if (fault === 'freeze') return cluster.process.thaw()
  }
  await cluster.process.kill()
  if (fault === 'kill while starting') {
    const starting = cluster.begin()
    await pause(chance.between(...startingMs))
    await starting.kill()
    teller.count('kills')
  }
  await cluster.start()
}

/** One cluster on one folder and one port, in one process after the other. */
export class LocalCluster {
  readonly address: string
  readonly #words: readonly string[]
  readonly #name: string
  #process: GregorProcess | undefined

  constructor(folder: string, durability: string, port: number, seed: number) {
    this.address = `127.0.0.1:${port}`
    this.#name = `local-${durability}-${seed}`
    const ports = ['--kafka-port', String(port), '--http-port', '0']
    this.#words = ['start', '--data', folder, '--durability', durability, ...ports, ...shortSessions]
  }

  get process(): GregorProcess {
    if (this.#process === undefined) throw new Error('it was never started')
    return this.#process
  }

  begin(): GregorProcess {
    this.#process = new GregorProcess({ name: this.#name, words: this.#words })
    return this.#process
  }

  async start(): Promise<void> {
    await this.begin().ready()
  }

  async stop(): Promise<number | null | undefined> {
    return this.#process?.stop()
  }
}
