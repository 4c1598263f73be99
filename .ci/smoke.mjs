/** Starts the cluster as a person does (`npm start`), asks it how it is, stops it, and says how long it took to be ready. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'

const root = resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..')
const words = ['start', '--silent', '--', '--memory', '--http-port', '0', '--kafka-port', '0', '--output', 'json']
const runs = 3
const waitMs = 30_000

async function start(label) {
  const started = performance.now()
  const npm = spawn('npm', words, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    shell: process.platform === 'win32',
  })
  const late = setTimeout(() => npm.kill('SIGKILL'), waitMs)
  let text = ''
  for await (const chunk of npm.stdout) {
    text += chunk
    if (text.includes('\n')) break
  }
  const readyMs = Math.round(performance.now() - started)
  const ready = JSON.parse(text.split('\n')[0] || '{}')
  if (ready.event !== 'ready') throw new Error(`not ready, it said: ${JSON.stringify(text)}`)
  const health = await fetch(`${ready.http}/healthz`)
  if (health.status !== 200) throw new Error(`/healthz answered ${health.status}`)
  process.kill(ready.pid, 'SIGTERM')
  const [code] = await once(npm, 'exit')
  clearTimeout(late)
  if (code !== 0) throw new Error(`npm start ended with ${code}`)
  console.log(`${label}: ready after ${readyMs} ms`)
}

for (let run = 1; run <= runs; run++) await start(`npm start, run ${run}`)
