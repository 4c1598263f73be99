/**
 * The stack with callers: a role for each kind of grant, which whoever deploys may assume, and each function's role open to
 * the same, so that the tests can try what it may do. Never for anything but a test. `-c generation=2` is another deployment
 * of it: every function changes.
 */
import { App, CfnOutput, Duration, RemovalPolicy } from 'aws-cdk-lib'
import { AccountRootPrincipal, type IRole, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam'
import { functionNames } from '../../cdk/gregor-props.ts'
import { GregorStack } from '../../cdk/gregor-stack.ts'
import { readSettings } from '../../cdk/settings.ts'

const app = new App()
const context = (name: string) => app.node.tryGetContext(name)
const { stackName, ...settings } = readSettings(context)
const environment = { ...settings.environment, GREGOR_GENERATION: context('generation') ?? '1' }
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

new CfnOutput(stack, 'TopicsLogGroup', { value: gregor.functions.topics.logGroup.logGroupName })
