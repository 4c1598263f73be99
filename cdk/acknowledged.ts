/**
 * Findings of cdk-nag's AWS Solutions rules that are meant to be, each with its reason, as narrow as the rules allow: a
 * wildcard that is not named here fails a test. What a property turns off (access logs, authorization) is acknowledged
 * with it, since it was asked for.
 */
import { Stack, Validations } from 'aws-cdk-lib'
import type { CfnBucket } from 'aws-cdk-lib/aws-s3'
import type { IConstruct } from 'constructs'
import type { Functions, Stores } from './functions.ts'
import { type Authorization, type FunctionName, functionNames, type GregorProps } from './gregor-props.ts'
import { permissions } from './permissions.ts'

const acknowledge = (where: IConstruct, rule: string, reason: string) =>
  Validations.of(where).acknowledge({ id: `AwsSolutions::AwsSolutions-${rule}`, reason })

interface Findings {
  readonly stores: Stores
  readonly functions: Functions
  readonly api: IConstruct
  readonly stage: IConstruct
  readonly authorization: Authorization
}

export function acknowledgeFindings(
  props: GregorProps,
  { stores, functions, api, stage, authorization }: Findings,
): void {
  if (props.accessLogBucket === undefined) {
    const reason = 'A line for each request would cost about as much as the request; accessLogBucket turns it on.'
    acknowledge(stores.bucket, 'S1', reason)
  }
  for (const name of functionNames) acknowledgeWildcards(name, functions, stores, props)
  if (props.api === 'rest') acknowledgeRestApi(api, stage, authorization)
  if (authorization.type === 'none') acknowledge(api, 'APIG4', "Asked for: authorization is 'none'.")
  if (props.accessLogs === false) acknowledge(stage, 'APIG1', 'Asked for: accessLogs is false.')
}

function acknowledgeWildcards(name: FunctionName, functions: Functions, { bucket }: Stores, props: GregorProps): void {
  const { role } = functions[name]
  if (role === undefined) return
  const bucketId = Stack.of(bucket).getLogicalId(bucket.node.defaultChild as CfnBucket)
  for (const scope of Object.keys(permissions[name].objects).filter((each) => each.endsWith('/'))) {
    const finding = `IAM5[Resource::<${bucketId}.Arn>/${props.bucketPrefix ?? ''}${scope}*]`
    acknowledge(
      role,
      finding,
      'Objects have fresh names: the folder that they lie in is the narrowest that can be named.',
    )
  }
  if (props.tracing !== true) return
  acknowledge(role, 'IAM5[Resource::*]', 'X-Ray takes segments without a resource that could be named.')
}

function acknowledgeRestApi(api: IConstruct, stage: IConstruct, authorization: Authorization): void {
  acknowledge(api, 'APIG2', 'The functions check each request, and say what would have been right.')
  acknowledge(stage, 'APIG3', 'A web ACL costs $5 a month while nobody calls; one can be put before the exposed api.')
  acknowledge(stage, 'APIG6', 'Execution logs would say once more, for each call, what the access log says.')
  const role = api.node.tryFindChild('CloudWatchRole')
  const managed = 'arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs'
  const reason = 'AWS made this policy for this role, which API Gateway alone may take.'
  if (role !== undefined) acknowledge(role, `IAM4[Policy::${managed}]`, reason)
  const asked =
    authorization.type === 'iam' ? 'Callers sign with AWS credentials' : `Asked for: '${authorization.type}'`
  acknowledge(api, 'COG4', `${asked}; there is no user pool.`)
  if (authorization.type === 'api-key') acknowledge(api, 'APIG4', "Asked for: callers show a key ('api-key').")
}
