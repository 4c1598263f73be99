/** One `Gregor` as a stack of its own. Its outputs say what to call. */
import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import { Gregor } from './gregor.ts'
import type { GregorProps } from './gregor-props.ts'

export interface GregorStackProps extends StackProps {
  readonly gregor?: GregorProps
}

export class GregorStack extends Stack {
  readonly gregor: Gregor

  constructor(scope: Construct, id: string, { gregor = {}, ...props }: GregorStackProps = {}) {
    super(scope, id, { description: 'Gregor: Kafka without brokers', ...props })
    this.gregor = new Gregor(this, 'Gregor', gregor)
    const { url, bucket, table, apiKeyId } = this.gregor
    this.#output('Url', url, 'The API; GET /healthz says whether it answers, GET /openapi.json what there is')
    this.#output('FirstCall', this.#firstCall(gregor), 'From a clone of the repository')
    this.#output('BucketName', bucket.bucketName, 'Where the bytes are')
    this.#output('TableName', table.tableName, 'Where their order is')
    if (apiKeyId !== undefined) {
      const command = `aws apigateway get-api-key --include-value --query value --output text --api-key ${apiKeyId}`
      this.#output('ApiKeyCommand', command, 'Shows the key that callers send as x-api-key')
    }
  }

  /** As the CLI makes it, with what callers are asked for. */
  #firstCall({ authorization = { type: 'iam' }, domain }: GregorProps): string {
    const { url } = this.gregor
    const region = domain === undefined ? '' : ` --region ${this.region}`
    const listed = `npx gregor topic list --url ${url}`
    return {
      iam: () => `${listed} --sigv4${region}`,
      none: () => listed,
      'api-key': () => `${listed} --api-key KEY`,
      jwt: () => `${listed} --token TOKEN`,
    }[authorization.type]()
  }

  #output(name: string, value: string, description: string): void {
    new CfnOutput(this, name, { value, description })
  }
}
