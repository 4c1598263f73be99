/**
 * The native CRC32C, for roots that run in a process of their own (gateway, local, cli). Nothing else may import this
 * file: a bundle for Lambda that reaches it would carry a native module.
 */
import { installCrc32c } from '../base/crc32c.ts'

/** Installs it for the process. Answers false, and leaves the portable code, where there is none for this platform. */
export async function useNativeCrc32c(): Promise<boolean> {
  try {
    const { crc32c } = await import('@node-rs/crc32')
    installCrc32c((bytes) => crc32c(bytes))
    return true
  } catch {
    // Not installed, or not made for this platform: slower, and as right.
    return false
  }
}
