/**
 * The functions, bundled by esbuild from their sources: no Docker, nothing native. Each has a role and a log group of its
 * own: its permissions are those of `permissions.ts`, to write its log, and nothing that AWS's managed policies would add.
 */
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib'
import type { Table } from 'aws-cdk-lib/aws-dynamodb'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import {
  ApplicationLogLevel,
  Architecture,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda'
import { type BundlingOptions, Charset, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { Bucket } from 'aws-cdk-lib/aws-s3'
import type { Construct } from 'constructs'
import { aliases, bundlingOptions, definitions, filesBeside, injected, repository } from './bundling.ts'
import { type FunctionName, type FunctionSettings, functionNames, type GregorProps } from './gregor-props.ts'
import { keyActions, statements } from './permissions.ts'

export type Functions = Readonly<Record<FunctionName, NodejsFunction>>

export interface Stores {
  readonly bucket: Bucket
  readonly table: Table
}

/** Below the 29 and 30 seconds that API Gateway waits for; a long poll ends after 25. */
const apiTimeout = Duration.seconds(28)

/** Half a gigabyte: 64 MiB of cache and a few bodies of 6 MB; who moves only items needs less. */
const functionDefaults: Readonly<Record<FunctionName, Required<Omit<FunctionSettings, 'reservedConcurrency'>>>> = {
  produce: { memoryMiB: 512, timeout: apiTimeout },
  fetch: { memoryMiB: 512, timeout: apiTimeout },
  commit: { memoryMiB: 256, timeout: apiTimeout },
  topics: { memoryMiB: 256, timeout: apiTimeout },
  kafka: { memoryMiB: 512, timeout: apiTimeout },
  janitor: { memoryMiB: 512, timeout: Duration.minutes(5) },
}

export const makeFunctions = (scope: Construct, props: GregorProps, stores: Stores): Functions =>
  Object.fromEntries(
    functionNames.map((name) => [name, makeFunction(scope, name, props, stores)]),
  ) as unknown as Functions

function makeFunction(scope: Construct, name: FunctionName, props: GregorProps, stores: Stores): NodejsFunction {
  const id = `${name[0]?.toUpperCase()}${name.slice(1)}`
  const settings = { ...functionDefaults[name], ...props.functions?.[name] }
  const logGroup = new LogGroup(scope, `${id}Logs`, {
    retention: props.logRetention ?? RetentionDays.ONE_MONTH,
    removalPolicy: RemovalPolicy.DESTROY,
  })
  const role = new Role(scope, `${id}Role`, {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    description: `What Gregor's function ${name} may do`,
  })
  const made = new NodejsFunction(scope, id, {
    description: `Gregor: ${name}`,
    entry: resolve(repository, 'functions', `${name}.ts`),
    projectRoot: repository,
    depsLockFilePath: resolve(repository, 'package-lock.json'),
    runtime: Runtime.NODEJS_24_X,
    architecture: props.architecture ?? Architecture.ARM_64,
    memorySize: settings.memoryMiB,
    timeout: settings.timeout,
    ...(settings.reservedConcurrency !== undefined && { reservedConcurrentExecutions: settings.reservedConcurrency }),
    role,
    logGroup,
    // Without the lines that Lambda writes at the start and end of each call: they would cost as much as the call.
    loggingFormat: LoggingFormat.JSON,
    systemLogLevelV2: SystemLogLevel.WARN,
    applicationLogLevelV2: ApplicationLogLevel.INFO,
    tracing: props.tracing === true ? Tracing.ACTIVE : Tracing.DISABLED,
    // The next call of the schedule does what a failed one left; a second try would only meet it.
    ...(name === 'janitor' && { retryAttempts: 0 }),
    environment: environment(props, stores),
    awsSdkConnectionReuse: false,
    bundling: bundling(props, name),
  })
  for (const statement of statements(name, stores.table, stores.bucket, props.bucketPrefix ?? '')) {
    role.addToPrincipalPolicy(statement)
  }
  props.encryptionKey?.grant(role, ...keyActions(name))
  role.addToPrincipalPolicy(
    new PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logGroup.logGroupArn] }),
  )
  return made
}

const bundling = ({ tracing }: GregorProps, name: FunctionName): BundlingOptions => ({
  ...bundlingOptions,
  mainFields: [...bundlingOptions.mainFields],
  inject: [...injected],
  format: OutputFormat.CJS,
  charset: Charset.UTF8,
  // The SDK that was tested, and a third of the one that Lambda brings.
  bundleAwsSDK: true,
  define: definitions(tracing === true),
  esbuildArgs: { '--alias': Object.entries(aliases).map(([from, to]) => `${from}=${to}`) },
  commandHooks: {
    beforeInstall: () => [],
    beforeBundling: () => [],
    afterBundling: (_, outputFolder) =>
      filesBeside(name).map((file) => copying(file.from, resolve(outputFolder, file.name))),
  },
})

/** A command for any shell: `cp` is not one of Windows', and a URL has nothing in it that a shell would read. */
const copying = (from: string, to: string) =>
  `node -e "require('node:fs').copyFileSync(new URL('${quotable(from)}'),new URL('${quotable(to)}'))"`
const quotable = (path: string) =>
  pathToFileURL(path).href.replace(/['$`]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`)

function environment(props: GregorProps, { bucket, table }: Stores): Record<string, string> {
  const { bucketPrefix, brokerConfigs, defaultPartitions, domain, tracing } = props
  const configs = Object.entries(brokerConfigs ?? {})
  return {
    TABLE_NAME: table.tableName,
    BUCKET_NAME: bucket.bucketName,
    ...(bucketPrefix && { BUCKET_PREFIX: bucketPrefix }),
    ...(domain?.basePath && { BASE_PATH: `/${domain.basePath}` }),
    ...(defaultPartitions !== undefined && { DEFAULT_PARTITIONS: String(defaultPartitions) }),
    ...(configs.length > 0 && { BROKER_CONFIGS: configs.map(([name, value]) => `${name}=${value}`).join('\n') }),
    POWERTOOLS_SERVICE_NAME: 'gregor',
    // One namespace for each deployment, so that two in one account are told apart.
    POWERTOOLS_METRICS_NAMESPACE: `Gregor/${Stack.of(table).stackName}`,
    POWERTOOLS_TRACE_ENABLED: String(tracing === true),
    ...props.environment,
  }
}
