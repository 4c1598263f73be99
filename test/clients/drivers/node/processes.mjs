/** Clients that are commands: each call is a process of its own, whose standard output is the answer. */
import { spawn } from 'node:child_process'

/**
 * Runs a command to its end with `input` on its standard input; answers what it printed. Throws when it fails, unless
 * `waitMs` were given: after them it is told to stop, and what it printed counts.
 */
export async function run([command, ...args], { input = '', waitMs, env = process.env } = {}) {
  const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'] })
  const [out, err] = [gather(child.stdout), gather(child.stderr)]
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  let late = false
  const limit =
    waitMs &&
    setTimeout(() => {
      late = true
      child.kill('SIGTERM')
    }, waitMs)
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve))
  clearTimeout(limit)
  console.error(err())
  if (code !== 0 && !late) throw new Error(`${command} ended with ${code}: ${(err() || out()).trim().slice(-600)}`)
  return out()
}

function gather(stream) {
  let text = ''
  stream.setEncoding('utf8').on('data', (chunk) => {
    text += chunk
  })
  return () => text
}

/** The lines of a text without the empty one at its end. */
export const linesOf = (text) => text.split('\n').slice(0, text.endsWith('\n') ? -1 : undefined)
