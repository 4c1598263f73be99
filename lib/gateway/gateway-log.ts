/**
 * What the gateway needs of a log: fields and a message, by level. The roots bring one (pino); tests bring a list.
 */

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

type Write = (fields: object, message: string) => void

export interface GatewayLog {
  readonly debug: Write
  readonly info: Write
  /** A peer did what it should not, and was refused or cut off. */
  readonly warn: Write
  /** Something here is broken. */
  readonly error: Write
}

export const silent: GatewayLog = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}
