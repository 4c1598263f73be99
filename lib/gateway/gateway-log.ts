/**
 * What the gateway needs of a log: fields and a message, by level. The roots bring one (pino); tests bring a list.
 */

type Write = (fields: object, message: string) => void

export interface GatewayLog {
  readonly debug: Write
  readonly info: Write
  /** A peer did what it should not, and was refused or cut off. */
  readonly warn: Write
  /** Something here is broken. */
  readonly error: Write
}
