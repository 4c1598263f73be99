/**
 * A local cluster on a disk that fills up under load: what does not fit is refused and nothing else is lost; with room again
 * it goes on by itself, or is started again when it was killed meanwhile. Needs root, to mount a small file system.
 */
import { spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pause } from '../failover/cluster-client.ts'
import { chanceOf } from './chance.ts'
import { NotStarted } from './gregor-process.ts'
import { lastingPort } from './lasting-port.ts'
import { LocalCluster } from './local-trial.ts'
import { Storyteller, type Trial } from './trial.ts'
import { insisting, Workload } from './workload.ts'

const name = 'full disk'
/** For the cluster and what is produced in a round, with room to spare: it is to fill up only when it is meant to. */
const diskMegabytes = { least: 96, aRound: 16 }
const loadMs = 700
const fullMs = 1_500

export async function fullDiskTrial({ rounds, seed }: { rounds: number; seed: number }): Promise<Trial> {
  const teller = new Storyteller(name)
  const disk = mkdtempSync(join(tmpdir(), 'gregor-chaos-disk-'))
  const megabytes = diskMegabytes.least + rounds * diskMegabytes.aRound
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', disk], {
    encoding: 'utf8',
  })
  if (mounted.status !== 0) {
    rmdirSync(disk)
    const why = (mounted.stderr ?? mounted.error?.message ?? '').trim()
    return { ...teller.trial(seed, {}), skipped: `no small file system can be mounted here: ${why}` }
  }
  try {
    return await onDisk(disk, rounds, seed, teller)
  } finally {
    spawnSync('umount', [disk])
    rmdirSync(disk)
  }
}

async function onDisk(disk: string, rounds: number, seed: number, teller: Storyteller): Promise<Trial> {
  const folder = join(disk, 'data')
  mkdirSync(folder)
  const chance = chanceOf(seed)
  const cluster = new LocalCluster(folder, chance.pick(['power', 'process']), await lastingPort(), seed)
  const parts = { bootstrap: [cluster.address], topic: 'orders', chance: chance.fork(), pauseMsMax: 40 }
  const workload = new Workload(parts)
  try {
    await cluster.start()
    await insisting(() => workload.start())
    for (let round = 0; round < rounds; round++) {
      await pause(loadMs)
      const isKilled = round % 2 === 1
      await fill(disk, cluster, isKilled, teller)
      if (!teller.judge(await workload.recovered()) || !teller.judge(await workload.audit('some again'))) break
      teller.progress(`full and free again ${round + 1} times, ${workload.history.refusedTries} tries refused`)
    }
    if (teller.wrongs.length === 0) teller.judge(await workload.finish())
    if (workload.history.refusedTries === 0) teller.judge(['nothing was ever refused: the disk was not full'])
  } catch (fault) {
    teller.judge([fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)])
  } finally {
    workload.close()
    await cluster.stop()
    await workload.ended()
  }
  return teller.trial(seed, workload.counts)
}

/** Takes all the room that is left, for a while. */
async function fill(disk: string, cluster: LocalCluster, isKilled: boolean, teller: Storyteller): Promise<void> {
  const ballast = join(disk, 'ballast')
  teller.tell('the disk is full')
  teller.count('full disks')
  const file = openSync(ballast, 'w')
  const untilMs = Date.now() + fullMs
  // What is freed meanwhile is taken as well.
  for (; Date.now() < untilMs; await pause(20)) takeAll(file)
  if (isKilled) {
    teller.tell('kill while it is full, and start')
    teller.count('kills')
    await cluster.process.kill()
    takeAll(file)
    await cluster.start().catch((fault: unknown) => {
      if (!(fault instanceof NotStarted)) throw fault
      teller.tell('it does not start on a full disk')
      teller.count('refused starts')
    })
  }
  closeSync(file)
  rmSync(ballast)
  teller.tell('there is room again')
  if (!cluster.process.isRunning) await cluster.start()
}

function takeAll(file: number): void {
  for (let bytes = 1 << 20; bytes >= 1; ) {
    try {
      writeSync(file, Buffer.alloc(bytes, 1))
    } catch (fault) {
      if ((fault as NodeJS.ErrnoException).code !== 'ENOSPC') throw fault
      bytes = bytes >> 2
    }
  }
}
