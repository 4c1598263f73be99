/**
 * `npm run bench:cold-start`: each function bundled as it is deployed, imported by a process of its own and called once, beside a
 * process that imports nothing. Its stores are a server of this process that answers at once: an empty table, an empty
 * bucket. So what is seen is loading, connecting and the first way through the code, without AWS's own time. It is reached by
 * https, as AWS is, with a certificate that `openssl` makes (without that program: by http, for which the SDK loads more).
 * Wall-clock means little on a busy machine; CPU time means more. `--short`, `--output json`.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type FunctionName, functionNames } from '../../cdk/gregor-props.ts'
import { bundle, bundleFolder } from '../functions/bundle.ts'
import { lambdaEvent } from '../http/lambda-events.ts'
import { percentile } from './aws-latency.ts'
import { type Row, renderTable, rounded } from './table.ts'

const { values: given } = parseArgs({ options: { short: { type: 'boolean' }, output: { type: 'string' } } })
const starts = given.short === true ? 3 : 15

/** A first call that needs a store, of each function's own routes. */
const firstCalls: Readonly<Record<FunctionName, object>> = {
  produce: lambdaEvent('HTTP API (2.0)', {
    method: 'POST',
    path: '/topics/orders',
    headers: { 'Content-Type': 'application/vnd.kafka.json.v2+json' },
    body: JSON.stringify({ records: [{ value: 1 }] }),
  }),
  fetch: lambdaEvent('HTTP API (2.0)', { method: 'GET', path: '/topics/orders/partitions/0/records' }),
  commit: lambdaEvent('HTTP API (2.0)', {
    method: 'POST',
    path: '/groups/readers/offsets',
    headers: { 'Content-Type': 'application/vnd.kafka.v2+json' },
    body: JSON.stringify({ offsets: [{ topic: 'orders', partition: 0, offset: 1 }] }),
  }),
  topics: lambdaEvent('HTTP API (2.0)', { method: 'GET', path: '/topics/orders' }),
  // ApiVersions 0, without a client's id.
  kafka: lambdaEvent('HTTP API (2.0)', {
    method: 'POST',
    path: '/kafka',
    headers: { 'Content-Type': 'application/octet-stream' },
    body: Buffer.from('00000000000affff'.padStart(16, '0').replace(/^.{16}/, '0012000000000001ffff'), 'hex'),
  }),
  janitor: {},
}

/** Says what it took, from the first line of the script on. The bundle is loaded by `require`, as Lambda's runtime does it. */
const driver = (file: string | undefined, event: object) => `
const cpuMs = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000 }
const began = performance.now(), cpuBegan = cpuMs()
let imported = began, status = 0
${
  file === undefined
    ? ''
    : `const { handler } = process.getBuiltinModule('node:module').createRequire(import.meta.url)(${JSON.stringify(file)})
imported = performance.now()
const answer = await handler(${JSON.stringify(event)}, { getRemainingTimeInMillis: () => 60_000 })
status = answer.statusCode ?? 200`
}
const called = performance.now()
process.stderr.write(JSON.stringify({ importMs: imported - began, callMs: called - imported, cpuMs: cpuMs() - cpuBegan, status }))
process.exit(0)
`

interface Start {
  readonly importMs: number
  readonly callMs: number
  readonly cpuMs: number
  readonly status: number
  /** From the birth of the process to its end. */
  readonly wallMs: number
}

async function start(script: string, { endpoint, trusted }: Stores): Promise<Start> {
  const env = {
    PATH: process.env.PATH ?? '',
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL: endpoint,
    ...(trusted !== undefined && { NODE_EXTRA_CA_CERTS: trusted }),
    S3_FORCE_PATH_STYLE: 'true',
    TABLE_NAME: 'table',
    BUCKET_NAME: 'bucket',
  }
  const began = performance.now()
  const child = spawn(process.execPath, [script], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk
  })
  const [code] = await once(child, 'close')
  const wallMs = performance.now() - began
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${said}`)
  const line = said.split('\n').at(-1) ?? ''
  return { ...(JSON.parse(line) as Omit<Start, 'wallMs'>), wallMs }
}

const emptyList =
  '<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">' +
  '<Name>bucket</Name><Prefix></Prefix><KeyCount>0</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>' +
  '</ListBucketResult>'

/** An empty table and an empty bucket. */
const answerEmpty: RequestListener = (request, response) => {
  request.resume()
  request.on('end', () => {
    const target = String(request.headers['x-amz-target'] ?? '')
    if (target === '') {
      const lists = request.url?.includes('list-type=2') === true
      response.writeHead(lists ? 200 : 404, { 'content-type': 'application/xml' }).end(lists ? emptyList : '')
      return
    }
    const empty = target.endsWith('Query')
      ? { Items: [], Count: 0 }
      : target.endsWith('BatchGetItem')
        ? { Responses: {} }
        : {}
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(empty))
  })
}

interface Stores {
  readonly endpoint: string
  /** The certificate's file. Undefined: by http. */
  readonly trusted?: string
}

/** The files of a certificate for this machine, for a day. Undefined where there is no `openssl`. */
function certificate(folder: string): { key: string; cert: string } | undefined {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1']
  const whose = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
  try {
    execFileSync('openssl', ['req', ...kind, ...whose, '-keyout', key, '-out', cert], { stdio: 'ignore' })
    return { key, cert }
  } catch {
    return undefined
  }
}

const { folder, remove } = await bundleFolder()
const files = certificate(folder)
const emptyStores =
  files === undefined
    ? createServer(answerEmpty)
    : createTlsServer({ key: readFileSync(files.key), cert: readFileSync(files.cert) }, answerEmpty)
emptyStores.listen(0, '127.0.0.1')
await once(emptyStores, 'listening')
const { port } = emptyStores.address() as AddressInfo
const stores: Stores =
  files === undefined
    ? { endpoint: `http://127.0.0.1:${port}` }
    : { endpoint: `https://127.0.0.1:${port}`, trusted: files.cert }
try {
  const scripts: { name: string; script: string; bytes: number }[] = []
  for (const name of [undefined, ...functionNames]) {
    const made = name === undefined ? undefined : await bundle(name, folder)
    const script = join(folder, `start-${name ?? 'nothing'}.mjs`)
    await writeFile(script, driver(made?.file, name === undefined ? {} : firstCalls[name]))
    scripts.push({ name: name ?? '(nothing)', script, bytes: made?.bytes ?? 0 })
  }
  // By turns, so that whatever else the machine does hits all alike.
  const seen = new Map<string, Start[]>()
  for (let round = 0; round < starts; round++) {
    for (const { name, script } of scripts) seen.set(name, [...(seen.get(name) ?? []), await start(script, stores)])
  }
  const nothing = seen.get('(nothing)') ?? []
  const median = (all: readonly Start[], what: keyof Start) =>
    percentile(
      all.map((each) => each[what]),
      0.5,
    )
  const rows = scripts.map(({ name, bytes }): Row => {
    const all = seen.get(name) ?? []
    return {
      function: name,
      KB: Math.round(bytes / 1_000),
      'import ms': rounded(median(all, 'importMs'), 1),
      'first call ms': rounded(median(all, 'callMs'), 1),
      'CPU ms': rounded(median(all, 'cpuMs'), 1),
      'least CPU ms': rounded(Math.min(...all.map(({ cpuMs }) => cpuMs)), 1),
      'start to end ms': rounded(median(all, 'wallMs'), 1),
      'beyond Node ms': rounded(median(all, 'wallMs') - median(nothing, 'wallMs'), 1),
      status: all[0]?.status ?? 0,
    }
  })
  const title = `Cold starts: medians of ${starts}, Node ${process.version}, stores by ${new URL(stores.endpoint).protocol}`
  console.log(given.output === 'json' ? JSON.stringify(rows) : renderTable(title, rows))
} finally {
  emptyStores.close()
  await remove()
}
