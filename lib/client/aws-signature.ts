/**
 * Requests signed as AWS asks for it (Signature Version 4), for an API that lets in who may call it (`AWS_IAM`). The SDK's
 * own signer and its own way to credentials: environment, profiles, SSO, containers, instances.
 */
import type { RequestSigner, UnsignedRequest } from './request-signer.ts'

export interface AwsSignatureOptions {
  /** Default: that in the URL's host name, as API Gateway's and function URLs' have it. */
  readonly region?: string
  /** `execute-api` for API Gateway, `lambda` for a function URL. Default: as the host name has it. */
  readonly service?: string
  /** Default: as the AWS SDK finds them. */
  readonly credentials?: {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken?: string
  }
}

/** A signer for the API at `url`. Throws where the region is neither given nor in the host name. */
export function awsSignature(url: string, options: AwsSignatureOptions = {}): RequestSigner {
  const { service, region } = placeOf(new URL(url).hostname, options)
  // Loaded with the first request: who signs none does not wait for the SDK.
  let signer: Promise<(request: UnsignedRequest) => Promise<Readonly<Record<string, string>>>> | undefined
  return async (request) => {
    signer ??= signerOf(service, region, options)
    return (await signer)(request)
  }
}

async function signerOf(service: string, region: string, { credentials }: AwsSignatureOptions) {
  const [{ SignatureV4 }, { createHash, createHmac }] = await Promise.all([
    import('@smithy/signature-v4'),
    import('node:crypto'),
  ])
  const found = credentials ?? (await import('@aws-sdk/credential-provider-node')).defaultProvider()
  /** SHA-256; with a secret its HMAC. */
  class Sha256 {
    readonly #hash: { update(data: Uint8Array): unknown; digest(): Uint8Array }
    constructor(secret?: HashedData) {
      this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret))
    }
    update(data: HashedData) {
      this.#hash.update(bytesOf(data))
    }
    async digest() {
      return this.#hash.digest()
    }
    reset() {
      throw new Error('a hash is made for each use')
    }
  }
  const signer = new SignatureV4({ service, region, credentials: found, sha256: Sha256 })
  return async ({ method, url, headers, body }: UnsignedRequest) => {
    const { protocol, hostname, port, pathname: path, host, searchParams } = url
    const names = [...new Set(searchParams.keys())]
    const request = {
      ...{ method, protocol, hostname, path, body },
      query: Object.fromEntries(names.map((name) => [name, searchParams.getAll(name)])),
      headers: { ...headers, host },
      ...(port !== '' && { port: Number(port) }),
    }
    const signed = await signer.sign(request)
    // fetch sets the host itself.
    const { host: _, ...rest } = signed.headers
    return rest
  }
}

type HashedData = string | ArrayBuffer | ArrayBufferView

function bytesOf(data: HashedData): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data)
  return ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data)
}

/** `abc.execute-api.eu-central-1.amazonaws.com`, `abc.lambda-url.eu-central-1.on.aws`. */
function placeOf(hostname: string, options: AwsSignatureOptions): { service: string; region: string } {
  const [, kind, found] = /\.(execute-api|lambda-url)\.([a-z0-9-]+)\.(?:amazonaws\.com|on\.aws)/.exec(hostname) ?? []
  const region = options.region ?? found
  if (region === undefined) {
    throw new TypeError(`${hostname} does not say its AWS region: give it.`)
  }
  return { service: options.service ?? (kind === 'lambda-url' ? 'lambda' : 'execute-api'), region }
}
