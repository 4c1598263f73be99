/** Ctrl-C as a terminal sends it: to every process of the command at once. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { resolve } from 'node:path'
import { afterEach, expect, test } from 'vitest'

const bin = resolve(import.meta.dirname, '../../lib/cli/bin.mjs')
const running: ChildProcess[] = []
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL')
})

/** A command that leads a process group of its own, as a shell starts it. */
function command(...words: string[]) {
  const child = spawn(process.execPath, [bin, ...words], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  running.push(child)
  const said = { out: '', err: '' }
  child.stdout.on('data', (chunk) => {
    said.out += chunk
  })
  child.stderr.on('data', (chunk) => {
    said.err += chunk
  })
  const ctrlC = () => process.kill(-(child.pid as number), 'SIGINT')
  return { child, said, ctrlC, ended: once(child, 'close').then(([code]) => code as number) }
}

test('the demo says that it was interrupted, though its cluster has heard the same Ctrl-C', async () => {
  const { child, said, ctrlC, ended } = command('demo')
  await once(child.stdout, 'data')
  ctrlC()
  expect(await ended).toBe(1)
  expect(said.err).toBe('Interrupted: nothing was checked.\n')
})

test('whoever waits for a cluster that does not answer is told how to stop at once', async () => {
  const sockets: Socket[] = []
  const silent = createServer((socket) => sockets.push(socket.on('error', () => undefined)))
  await once(silent.listen(0, '127.0.0.1'), 'listening')
  const asked = once(silent, 'connection')
  const { port } = silent.address() as { port: number }
  const { child, said, ctrlC, ended } = command('topic', 'list', '--url', `http://127.0.0.1:${port}`)
  try {
    await asked
    ctrlC()
    await once(child.stderr, 'data')
    expect(said.err).toBe('Still at what was begun; Ctrl-C again stops at once.\n')
    ctrlC()
    expect(await ended).toBe(130)
  } finally {
    for (const socket of sockets) socket.destroy()
    silent.close()
  }
})
