/** The one error that the client throws for what the cluster, or the way to it, has refused. */
export class GregorError extends Error {
  override readonly name = 'GregorError'
  /** The HTTP status; 0: no answer came. */
  readonly status: number
  /** Confluent REST Proxy's code, such as 40401 (unknown topic); 0: no answer came. */
  readonly errorCode: number
  /** Trying the same again may help. */
  readonly retriable: boolean

  constructor(message: string, fault: { status: number; errorCode: number; retriable: boolean; cause?: unknown }) {
    super(message, { cause: fault.cause })
    this.status = fault.status
    this.errorCode = fault.errorCode
    this.retriable = fault.retriable
  }
}
