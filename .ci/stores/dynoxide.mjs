/** dynoxide: DynamoDB in one small binary over SQLite; starts in milliseconds. */
import { join } from 'node:path'
import { freePort, installPackage, startServer, Unavailable } from './server.mjs'

const version = '1.2.1'
const platforms = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64']

export async function install() {
  const platform = `${process.platform}-${process.arch}`
  if (!platforms.includes(platform)) throw new Unavailable(`dynoxide has no binary for ${platform}`)
  installPackage(`@dynoxide/${platform}`, version)
}

export async function start() {
  const home = installPackage(`@dynoxide/${process.platform}-${process.arch}`, version)
  const port = await freePort()
  const args = ['--host', '127.0.0.1', '--port', String(port)]
  const stop = await startServer({ name: 'dynoxide', command: join(home, 'dynoxide'), args, port })
  return { env: { GREGOR_TEST_DYNOXIDE: `http://127.0.0.1:${port}` }, stop }
}
