/** One instance of a bundled function as a process of its own, as Lambda has it: its environment, its calls, what it says. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { LambdaResult } from '../../lib/http/lambda.ts'

export interface InstanceCall {
  readonly event: unknown
  readonly context?: object
}

export interface InstanceRun {
  /** One for each call. */
  readonly answers: readonly LambdaResult[]
  /** What it wrote, each line that is JSON. */
  readonly lines: readonly Record<string, unknown>[]
  /** All that it wrote. */
  readonly text: string
}

const program = `
const { handler } = await import(process.argv[1])
const answers = []
for (const { event, context } of JSON.parse(process.argv[2])) {
  answers.push(await handler(event, { ...context, getRemainingTimeInMillis: () => 60_000 }))
}
process.send(answers)
process.disconnect()
`

/** Nothing listens on port 9 of this machine: "discard" is long out of use. */
export const withoutStores = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
  S3_FORCE_PATH_STYLE: 'true',
  TABLE_NAME: 'secret-table',
  BUCKET_NAME: 'secret-bucket',
}

export async function runInstance(
  file: string,
  env: Readonly<Record<string, string>>,
  calls: readonly InstanceCall[],
): Promise<InstanceRun> {
  const args = ['--input-type=module', '-e', program, file, JSON.stringify(calls)]
  const child = spawn(process.execPath, args, { env: { ...env }, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
  let text = ''
  let answers: LambdaResult[] = []
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (text += String(chunk)))
  child.on('message', (message) => (answers = message as LambdaResult[]))
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`the instance ended with ${code}: ${text}`)
  return { answers, lines: text.split('\n').flatMap(parsed), text }
}

function parsed(line: string): Record<string, unknown>[] {
  try {
    return [JSON.parse(line)]
  } catch {
    return []
  }
}
