/** The CLI of AWS CDK as a person runs it: `bootstrap`, `deploy`, `destroy`. What it says goes to `.stores/deploy-<name>.log`. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, openSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { folder } from '../stores/server.mjs'

const root = resolve(import.meta.dirname, '../..')
const program = join(root, 'node_modules/aws-cdk/bin/cdk')

/** What deploys a stack once more: the tests do it too, so it is plain data. */
export function deployCommand({ name, app, context, stackName }) {
  const outputs = join(folder, `deploy-${name}.json`)
  const args = [
    ...['deploy', stackName, '--require-approval', 'never', '--app', `${process.execPath} ${app}`],
    ...['--output', join(folder, `deploy-${name}.out`), '--outputs-file', outputs],
    ...contextArgs({ ...context, stack: stackName }),
  ]
  return { command: process.execPath, args: [program, ...args], outputs }
}

/** Answers the stack's outputs. */
export async function deploy(place) {
  const { args, outputs } = deployCommand(place)
  await cdk(place, args.slice(1))
  return JSON.parse(readFileSync(outputs, 'utf8'))[place.stackName]
}

export function bootstrap(place) {
  const output = ['--output', join(folder, `deploy-${place.name}.out`)]
  return cdk(place, ['bootstrap', 'aws://000000000000/us-east-1', ...output])
}

export function destroy(place) {
  const { app, context, stackName } = place
  const args = ['destroy', stackName, '--force', '--app', `${process.execPath} ${app}`]
  return cdk(place, [...args, ...contextArgs({ ...context, stack: stackName })])
}

const contextArgs = (context) => Object.entries(context).flatMap(([key, value]) => ['-c', `${key}=${value}`])

async function cdk({ name, env }, args) {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `deploy-${name}-cdk.log`)
  const log = openSync(file, 'a')
  const options = { cwd: root, env: { ...process.env, ...env, CI: 'true' }, stdio: ['ignore', log, log] }
  const [code] = await once(spawn(process.execPath, [program, ...args], options), 'exit')
  if (code === 0) return
  throw new Error(`cdk ${args[0]} ended with ${code}:\n${readFileSync(file, 'utf8').slice(-3_000)}`)
}
