/** Class paths of Apache Kafka's artifacts, by Maven: the broker, the Java client and the tools in one. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { call, installedOnce } from './cache.ts'

const project = (version: string) => `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>gregor</groupId>
  <artifactId>kafka</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    ${dependency('org.apache.kafka', 'kafka_2.13', version)}
    ${dependency('org.apache.kafka', 'kafka-tools', version)}
    ${dependency('org.apache.logging.log4j', 'log4j-slf4j-impl', '2.25.3')}
  </dependencies>
</project>
`

const dependency = (group: string, artifact: string, version: string) =>
  `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`

/** The class path of Apache Kafka's artifacts of a version. @throws Unavailable */
export async function kafkaClassPath(version: string): Promise<string> {
  const folder = await installedOnce(`kafka-${version}`, project(version), async (folder) => {
    writeFileSync(join(folder, 'pom.xml'), project(version))
    await call(['mvn', '-q', '-B', 'dependency:build-classpath', '-Dmdep.outputFile=class-path'], { cwd: folder })
  })
  return readFileSync(join(folder, 'class-path'), 'utf8').trim()
}
