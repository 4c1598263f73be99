/** Why a server process could not start: a closed list, so that whoever starts it can say what to do about each. */
export type RefusalReason =
  /** Another process uses this data. */
  | 'data-in-use'
  /** The data was written by a version whose format this one does not know. */
  | 'newer-format'
  /** The folder holds something that is not a cluster's data. */
  | 'not-a-data-folder'
  /** A part of the data is gone. */
  | 'data-incomplete'
  /** No permission, a read-only file system, a file where a folder should be. */
  | 'data-unusable'
  | 'disk-full'
  /** The HTTP API's, and the Kafka protocol's. */
  | 'port-in-use'
  | 'kafka-port-in-use'
  /** A table or a bucket that is not there or not allowed, no credentials, no answer. */
  | 'store-unusable'
  /** Another process has this `node.id`. */
  | 'broker-id-in-use'
  /** A setting's value, or several together. */
  | 'settings-illegal'
  /** No such address on this machine, or no permission for the port. */
  | 'address-unusable'

export class StartRefused extends Error {
  override readonly name = 'StartRefused'
  readonly reason: RefusalReason
  constructor(reason: RefusalReason, sentence: string, cause?: unknown) {
    super(sentence, { cause })
    this.reason = reason
  }
}
