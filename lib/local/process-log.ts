/**
 * The log of a server process: lines of JSON, by pino. Each has a level, a time and a message, so that whatever collects
 * them needs no pattern of ours.
 */
import { pino, stdTimeFunctions } from 'pino'
import type { GatewayLog, LogLevel } from '../gateway/gateway-log.ts'

/** `write` takes whole lines. */
export function processLog(level: LogLevel, write: (line: string) => void): GatewayLog {
  const log = pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      // By name: what a number means is nobody's knowledge but pino's.
      formatters: { level: (label) => ({ level: label }) },
    },
    { write },
  )
  const at = (method: 'debug' | 'info' | 'warn' | 'error') => (fields: object, message: string) =>
    log[method](fields, message)
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}
