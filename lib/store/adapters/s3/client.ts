/**
 * An S3 client that does what it is told and no more: one call is one request. Its own retries would make a refusal
 * ambiguous without a word, and its checksums would read each body again.
 */
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'
import { objectSocketsMax } from '../../../base/limits.ts'

export interface S3ClientOptions {
  readonly region: string
  /** For an emulator or a store that speaks S3. */
  readonly endpoint?: string
  /** Without them the SDK's own chain finds some. */
  readonly credentials?: S3ClientConfig['credentials']
  /** `http://host/bucket/key` in place of `http://bucket.host/key`: what most emulators want. */
  readonly forcePathStyle?: boolean
  /**
   * `signed`, the default: the SDK hashes each body with SHA-256 and signs it. `unsigned` leaves that to TLS and the
   * CRC32 which every put carries anyway, and halves a put's CPU time; S3 takes it over https only.
   */
  readonly payload?: 'signed' | 'unsigned'
}

/** A client for `createS3ObjectStore`. It opens no connection before its first call; `destroy()` closes them all. */
export function createS3Client(options: S3ClientOptions): S3Client {
  const { region, endpoint, credentials, forcePathStyle = false, payload = 'signed' } = options
  const client = new S3Client({
    region,
    ...(endpoint !== undefined && { endpoint }),
    ...(credentials !== undefined && { credentials }),
    forcePathStyle,
    maxAttempts: 1,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // By default each body of 2 MB and more opens a connection of its own, and waits for a round trip.
    expectContinueHeader: false,
    requestHandler: {
      httpAgent: { keepAlive: true, maxSockets: objectSocketsMax },
      httpsAgent: { keepAlive: true, maxSockets: objectSocketsMax },
    },
  })
  if (payload === 'unsigned') leaveBodiesUnsigned(client)
  return client
}

/** SigV4's `UNSIGNED-PAYLOAD`: "Authenticating Requests: Using the Authorization Header" in the S3 API reference. */
function leaveBodiesUnsigned(client: S3Client): void {
  client.middlewareStack.add(
    (next, context) => (args) => {
      const carriesObject = context.commandName === 'PutObjectCommand' || context.commandName === 'UploadPartCommand'
      if (carriesObject) (args.request as Request).headers['x-amz-content-sha256'] = 'UNSIGNED-PAYLOAD'
      return next(args)
    },
    { step: 'build', name: 'leaveBodiesUnsigned' },
  )
}

interface Request {
  readonly headers: Record<string, string>
}
