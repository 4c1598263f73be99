/**
 * Installs each client by its own language's means: npm, pip, Maven with javac, go, and Debian's package of kcat. All
 * versions are pinned, but for kcat's, which is the system's. Throws `Unavailable` with a reason.
 */
import { existsSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join, resolve } from 'node:path'
import { call, folderOf, installedOnce, root, Unavailable } from './cache.ts'
import { kafkaClassPath } from './maven.ts'

const drivers = join(root, 'test/clients/drivers')

/** Packages of npm, each exactly in its version, none of whose scripts run; answers the folder that holds them. */
export async function nodePackages(): Promise<string> {
  const packages = ['kafkajs@2.2.4', 'kafkajs-snappy@1.1.0', 'lz4-napi@2.10.0', '@platformatic/kafka@2.12.1']
  return installedOnce('node', packages, async (folder) => {
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "commonjs" }\n')
    await npmInstall(folder, packages)
  })
}

const npm = process.env.npm_execpath?.endsWith('.js') ? [process.execPath, process.env.npm_execpath] : ['npm']
const npmInstall = (folder: string, packages: readonly string[], ...more: string[]) =>
  call([...npm, 'install', '--save-exact', '--no-audit', '--no-fund', ...more, ...packages], { cwd: folder })

/**
 * librdkafka for Node. Its binaries are prebuilt elsewhere than in npm's registry; where they cannot be had, the sources
 * that the package carries are compiled against the system's libraries, which takes half a minute.
 */
export async function confluentPackage(): Promise<string> {
  const wanted = '@confluentinc/kafka-javascript@1.10.1'
  return installedOnce('confluent', [wanted, process.versions.modules], async (folder) => {
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "commonjs" }\n')
    // npm of late asks before a package runs scripts; so its installer is called here.
    await npmInstall(folder, [wanted], '--ignore-scripts')
    const home = join(folder, 'node_modules/@confluentinc/kafka-javascript')
    const prebuilt = join(folder, 'node_modules/@mapbox/node-pre-gyp/bin/node-pre-gyp')
    try {
      await call([process.execPath, prebuilt, 'install'], { cwd: home, msMax: 60_000 })
    } catch {
      await compileConfluent(folder, home)
    }
  })
}

async function compileConfluent(folder: string, home: string): Promise<void> {
  await debianPackages('/usr/include/lz4.h', 'liblz4-dev')
  await debianPackages('/usr/include/zstd.h', 'libzstd-dev')
  await debianPackages('/usr/include/openssl/ssl.h', 'libssl-dev')
  await debianPackages('/usr/include/zlib.h', 'zlib1g-dev')
  const sources = join(home, 'deps/librdkafka')
  const target = join(folder, 'librdkafka')
  // Neither speed nor debugging matters here; what is not asked for is not linked.
  const without = ['--disable-gssapi', '--disable-curl', '--disable-debug-symbols']
  await call(['./configure', `--prefix=${target}`, ...without, '--CFLAGS=-O0'], { cwd: sources })
  await call(['make', '-j2', 'libs', 'install-subdirs'], { cwd: sources })
  const headers = [join(target, 'include/librdkafka'), join(sources, 'src'), join(sources, 'src-cpp')]
  const env = {
    BUILD_LIBRDKAFKA: '0',
    // A person's own setting would come before the option.
    npm_config_nodedir: nodeHeaders(),
    CXXFLAGS: ['-O0', ...headers.map((header) => `-I${header}`)].join(' '),
    LDFLAGS: `-L${join(target, 'lib')} -Wl,-rpath,${join(target, 'lib')}`,
  }
  await call([process.execPath, await nodeGyp(), 'rebuild', '-j2', `--nodedir=${nodeHeaders()}`], { cwd: home, env })
}

/** npm carries node-gyp. */
async function nodeGyp(): Promise<string> {
  const modules = (await call([...npm, 'root', '--global', '--silent'])).trim()
  const candidates = [
    join(modules, 'npm/node_modules/node-gyp/bin/node-gyp.js'),
    join(dirname(npm.at(-1) ?? ''), '../node_modules/node-gyp/bin/node-gyp.js'),
  ]
  const found = candidates.find((path) => existsSync(path))
  if (found === undefined)
    throw new Unavailable('there is no node-gyp beside npm to compile @confluentinc/kafka-javascript with')
  return found
}

/** The folder whose `include/node` fits the Node that runs this. */
function nodeHeaders(): string {
  const found = [
    resolve(process.execPath, '../..'),
    join(root, `node_modules/node-${process.platform}-${process.arch}`),
  ]
  const home = found.find((folder) => existsSync(join(folder, 'include/node/node.h')))
  if (home === undefined) throw new Unavailable('the headers of this Node are not installed')
  return home
}

/** Installs packages of Debian where the file that they bring is not there and we may; else says how. */
async function debianPackages(file: string, ...packages: string[]): Promise<void> {
  if (existsSync(file)) return
  const install = ['apt-get', 'install', '--yes', '--no-install-recommends', ...packages]
  if (process.getuid?.() !== 0) throw new Unavailable(`${file} is missing; install it with: sudo ${install.join(' ')}`)
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  try {
    await call(install, { env })
  } catch {
    // Lists of packages that are missing or old are the usual reason.
    await call(['apt-get', 'update'], { env })
    await call(install, { env })
  }
}

/** kcat as the system has it; answers its version and its librdkafka's. */
export async function kcat(): Promise<{ readonly kcat: string; readonly librdkafka: string }> {
  const places = (process.env.PATH ?? '').split(delimiter)
  if (!places.some((place) => existsSync(join(place, 'kcat')))) await debianPackages('/usr/bin/kcat', 'kcat')
  const said = await call(['kcat', '-V'])
  const found = (pattern: RegExp) => pattern.exec(said)?.[1] ?? 'of an unknown version'
  return { kcat: found(/^Version (\S+)/m), librdkafka: found(/librdkafka (\S+)/) }
}

/** An environment of Python with these packages; answers its interpreter. */
export async function pythonPackages(): Promise<string> {
  const packages = [
    'confluent-kafka==2.16.1',
    'kafka-python==3.0.12',
    'python-snappy==0.7.3',
    'lz4==4.4.5',
    'zstandard==0.25.0',
    'crc32c==2.9.post0',
  ]
  const folder = await installedOnce('python', packages, async (folder) => {
    await call(['python3', '-m', 'venv', folder])
    await call([join(folder, 'bin/pip'), 'install', '--quiet', '--disable-pip-version-check', ...packages])
  })
  return join(folder, 'bin/python')
}

/** The drivers in Go, compiled; answers the folder of the programs. */
export async function goDrivers(): Promise<string> {
  // Go itself knows what it need not compile again.
  const folder = folderOf('go')
  await call(['go', 'build', '-o', `${folder}/`, './...'], { cwd: join(drivers, 'go') })
  return folder
}

/** The driver in Java, compiled against a version of Kafka; answers the class path that runs it. */
export async function javaDriver(version: string): Promise<string> {
  const kafka = await kafkaClassPath(version)
  const classes = folderOf(`java-${version}`)
  await call(['javac', '-cp', kafka, '-d', classes, join(drivers, 'java/Driver.java')])
  return [classes, kafka].join(delimiter)
}
