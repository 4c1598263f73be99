/**
 * The stack with callers: a role for each kind of grant, which whoever deploys may assume, and each function's role open to
 * the same, so that the tests can try what it may do. Never for anything but a test. `-c generation=2` is another deployment
 * of it: the code and the environment of every function change.
 */
import { appendFileSync, cpSync } from 'node:fs'
import { join } from 'node:path'
import { App, CfnOutput, Duration, RemovalPolicy } from 'aws-cdk-lib'
import { AccountRootPrincipal, type IRole, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam'
import { CfnFunction, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import { Asset } from 'aws-cdk-lib/aws-s3-assets'
import { functionNames } from '../../cdk/gregor-props.ts'
import { GregorStack } from '../../cdk/gregor-stack.ts'
import { readSettings } from '../../cdk/settings.ts'

const app = new App()
const context = (name: string) => app.node.tryGetContext(name)
const { stackName, ...settings } = readSettings(context)
const generation: string = context('generation') ?? '1'
const environment = { ...settings.environment, GREGOR_GENERATION: generation }
const stack = new GregorStack(app, stackName, {
  gregor: { removalPolicy: RemovalPolicy.DESTROY, ...settings, environment, janitorInterval: Duration.minutes(1) },
})
const { gregor } = stack

const output = (name: string, role: IRole) => new CfnOutput(stack, `${name}RoleArn`, { value: role.roleArn })
const caller = (name: string) => {
  const role = new Role(stack, `Caller${name}`, { assumedBy: new AccountRootPrincipal() })
  output(name, role)
  return role
}

caller('Nobody')
gregor.grantProduce(caller('Producer'), { topics: ['granted'] })
gregor.grantConsume(caller('Consumer'), { topics: ['granted'], groups: ['granted'] })
gregor.grantKafka(caller('Kafka'))
gregor.grantAdmin(caller('Admin'))

for (const name of functionNames) {
  const role = gregor.functions[name].role
  if (!(role instanceof Role)) throw new Error(`${name} has no role of its own`)
  role.assumeRolePolicy?.addStatements(
    new PolicyStatement({ actions: ['sts:AssumeRole'], principals: [new AccountRootPrincipal()] }),
  )
  output(`Function${name}`, role)
}

for (const name of functionNames) {
  const made = gregor.functions[name]
  new CfnOutput(stack, `Name${name}`, { value: made.functionName })
  if (generation !== '1') giveOtherCode(made)
}

/** The same bundle with a line more, as a change of a source would make it. */
function giveOtherCode(made: LambdaFunction): void {
  const resource = made.node.defaultChild
  const bundled = resource instanceof CfnFunction ? resource.cfnOptions.metadata?.['aws:asset:path'] : undefined
  if (!(resource instanceof CfnFunction) || typeof bundled !== 'string') throw new Error('there is no bundle')
  const folder = join(app.outdir, `${bundled}-${generation}`)
  cpSync(join(app.outdir, bundled), folder, { recursive: true })
  appendFileSync(join(folder, 'index.js'), `\nmodule.exports.generation = ${JSON.stringify(generation)}\n`)
  const { s3BucketName, s3ObjectKey } = new Asset(made, `Code${generation}`, { path: folder })
  resource.code = { s3Bucket: s3BucketName, s3Key: s3ObjectKey }
}

new CfnOutput(stack, 'TopicsLogGroup', { value: gregor.functions.topics.logGroup.logGroupName })
