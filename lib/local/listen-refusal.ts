/** What a fault of listening means for a start, in words. */
import { systemCode } from '../base/system-code.ts'
import { StartRefused } from './start-refused.ts'

export function listenRefusal(fault: Error, what: 'http' | 'kafka', host: string, port: number): Error {
  const code = systemCode(fault)
  if (code === 'EADDRINUSE') {
    const reason = what === 'http' ? 'port-in-use' : 'kafka-port-in-use'
    return new StartRefused(reason, `Port ${port} on ${host} is in use.`, fault)
  }
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new StartRefused('address-unusable', `${host}:${port} cannot be listened on (${code}).`, fault)
  }
  return fault
}
