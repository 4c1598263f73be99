/**
 * The folder of a local cluster: `format.json` says which version's layout it has, `meta.sqlite` holds the items, `objects/`
 * and `packs/` the objects. The format is looked at before anything else is opened: a newer version's data is refused, never touched.
 */
import { access, constants, mkdir, open, readdir, readFile, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { systemCode } from '../base/system-code.ts'
import { syncDirectory } from '../store/adapters/filesystem/directories.ts'
import { packsFolder } from '../store/adapters/filesystem/packed-object-store.ts'
import { StoreUnavailable } from '../store/errors.ts'
import { StartRefused } from './start-refused.ts'

/** Goes up when an older version could no longer read, or would damage, what this one writes. 2: `packs/`, 3: CRC32C in them. */
const formatVersion = 3

/** SQLITE_FULL, sqlite.org/rescode.html. */
const sqliteFull = 13

const formatFile = 'format.json'
export const metaFile = 'meta.sqlite'
const objectsFolder = 'objects'

/** Makes the folder when there is none, and makes sure that it is one that this version may use. */
export async function prepareDataFolder(folder: string): Promise<void> {
  try {
    await makeFolder(folder)
    const found = await readFormat(folder)
    if (found !== undefined) {
      checkFormat(folder, found)
      await checkWhole(folder)
      // Said here in words; SQLite would only say that the disk fails.
      return await access(folder, constants.W_OK)
    }
    const others = (await readdir(folder)).filter((name) => name !== `${formatFile}.new`)
    if (others.length > 0) {
      throw new StartRefused('not-a-data-folder', `${folder} is not empty, and holds no cluster's data.`)
    }
    await writeFormat(folder)
  } catch (fault) {
    throw refusalOf(folder, fault)
  }
}

/**
 * Not `mkdir` with `recursive`: where the system answers ENOENT below a folder that is there (/proc does), Node's asks again
 * without an end, and on a read-only file system it names the wrong cause.
 */
async function makeFolder(folder: string): Promise<void> {
  const parent = dirname(folder)
  if (parent !== folder && (await makeFolderIn(folder)) === 'no-parent') {
    await makeFolder(parent)
    await mkdir(folder)
  }
}

/** What is there already may be a file: whoever opens something in it will meet that. */
async function makeFolderIn(folder: string): Promise<'there' | 'no-parent'> {
  try {
    await mkdir(folder)
  } catch (fault) {
    const code = systemCode(fault)
    if (code === 'ENOENT') return 'no-parent'
    if (code !== 'EEXIST') throw fault
  }
  return 'there'
}

/** What the codes of a file system say to people. */
const words: Readonly<Record<string, string>> = {
  EACCES: 'you may not write there',
  EPERM: 'you may not write there',
  EROFS: 'its file system is read-only',
  ENOTDIR: 'it is a file, or lies below one',
  ENAMETOOLONG: 'the name is too long',
}

/** What a fault of the file system means for the start. */
export function refusalOf(folder: string, fault: unknown): unknown {
  if (fault instanceof StartRefused) return fault
  const code = systemCode(fault)
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new StartRefused('disk-full', `The disk that holds ${folder} is full.`, fault)
  }
  if (code !== undefined) {
    return new StartRefused(
      'data-unusable',
      `${folder} cannot hold data: ${words[code] ?? 'the system refuses'} (${code}).`,
      fault,
    )
  }
  // SQLite's own words: a read-only file, a damaged one, one of another version.
  if (fault instanceof StoreUnavailable) {
    const full = fault.cause instanceof Error && 'errcode' in fault.cause && fault.cause.errcode === sqliteFull
    if (full) return new StartRefused('disk-full', `The disk that holds ${folder} is full.`, fault)
    return new StartRefused('data-unusable', `${folder} cannot hold data: ${fault.message}.`, fault)
  }
  return fault
}

/**
 * Says that this version has written here, for a folder of an older one: nothing else in it has to change. Only for the owner
 * of the folder, and before anything is written that the older version does not know.
 */
export async function upgradeDataFolder(folder: string): Promise<void> {
  const found = versionIn((await readFormat(folder)) ?? '')
  if (found === undefined || found >= formatVersion) return
  await writeFormat(folder)
  await syncDirectory(folder)
}

async function readFormat(folder: string): Promise<string | undefined> {
  try {
    return await readFile(join(folder, formatFile), 'utf8')
  } catch (fault) {
    if (systemCode(fault) === 'ENOENT') return undefined
    throw fault
  }
}

function checkFormat(folder: string, text: string): void {
  const version = versionIn(text)
  if (version === undefined) {
    throw new StartRefused('not-a-data-folder', `${join(folder, formatFile)} cannot be read as a data format.`)
  }
  if (version > formatVersion) {
    throw new StartRefused(
      'newer-format',
      `The data in ${folder} was written by a newer version (format ${version}; this version knows ${formatVersion}).`,
    )
  }
}

/**
 * The order is made before the first object: objects without it are what is left of a cluster. Started on them, an empty
 * cluster would take them for garbage and delete them.
 */
async function checkWhole(folder: string): Promise<void> {
  const names = await readdir(folder)
  const holdsObjects = names.includes(objectsFolder) || names.includes(packsFolder)
  if (!holdsObjects || names.includes(metaFile)) return
  throw new StartRefused('data-incomplete', `${folder} holds objects, but no ${metaFile} that says what they are.`)
}

function versionIn(text: string): number | undefined {
  try {
    const { format } = JSON.parse(text) as { format?: unknown }
    return typeof format === 'number' && Number.isInteger(format) && format >= 1 ? format : undefined
  } catch {
    return undefined
  }
}

/** Written beside and renamed: a crash leaves an empty folder or a whole file (and the leftover, which is overwritten). */
async function writeFormat(folder: string): Promise<void> {
  const beside = join(folder, `${formatFile}.new`)
  const file = await open(beside, 'w')
  try {
    await file.writeFile(`${JSON.stringify({ format: formatVersion })}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(beside, join(folder, formatFile))
}
