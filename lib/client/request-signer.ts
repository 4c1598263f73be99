/** A request before it is signed, and who signs it: `aws-signature.ts`, or anything else that adds headers to each request. */

/** What a request is signed by, and what it is then sent with. */
export interface UnsignedRequest {
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  /** Empty where there is none. */
  readonly body: Uint8Array
}

/** Answers all headers that the request is to be sent with. */
export type RequestSigner = (request: UnsignedRequest) => Promise<Readonly<Record<string, string>>>
