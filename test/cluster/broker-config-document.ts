/** `docs/broker-configs.md` as the definitions have it. */
import { brokerConfigDefinition, brokerConfigNames } from '../../lib/cluster/broker-config.ts'

const updates = { 'read-only': 'restart', 'cluster-wide': 'running', 'per-broker': 'running' } as const

const heading = `# Broker configs

Under Apache Kafka's names. \`gregor start\` and \`gregor gateway\` take them by \`--config name=value\` and from a Kafka
\`server.properties\` with \`--config-file\`; functions from the environment's \`BROKER_CONFIGS\`, a line each. What a running broker
can change (\`running\`) is set with IncrementalAlterConfigs, such as \`kafka-configs --alter\`, for one broker or for all; it holds
within five seconds everywhere. \`gregor start\` sets \`group.initial.rebalance.delay.ms=0\`, as the configuration that Kafka brings
for a first start.
`

const groups = `## Configs of groups

A group of the consumer protocol (KIP-848) can be given its own \`consumer.session.timeout.ms\` and
\`consumer.heartbeat.interval.ms\`, between the \`min\` and \`max\` above:

\`\`\`sh
kafka-configs.sh --bootstrap-server localhost:9092 --alter --entity-type groups --entity-name readers \\
  --add-config consumer.session.timeout.ms=60000
\`\`\`

They hold for each member from its next heartbeat on, at another gateway up to five seconds later. As in Kafka they may be set
before there is such a group, and stay when it is deleted. The \`share.*\` and \`streams.*\` of Kafka are refused: there are no
such groups here.
`

export function brokerConfigDocument(): string {
  const known = brokerConfigNames.flatMap((name) => {
    const definition = brokerConfigDefinition(name)
    return definition === undefined ? [] : [{ name, ...definition }]
  })
  const isKept = ({ documentation }: { readonly documentation: string }) => documentation.startsWith('Kept for tools')
  const rows = known
    .filter((each) => !isKept(each))
    .map(({ name, type, default: value, update, documentation }) => {
      const shown = value === null ? '' : value === '' ? '(empty)' : `\`${value}\``
      return `| \`${name}\` | ${type} | ${shown} | ${updates[update]} | ${documentation} |`
    })
  const kept = known.filter(isKept).map(({ name }) => `\`${name}\``)
  return [
    heading,
    '| Config | Type | Default | Changes | What it does |',
    '|---|---|---|---|---|',
    ...rows,
    '',
    '## Kept for tools',
    '',
    "So that Kafka's own files start Gregor. They are shown, and change nothing here:",
    '',
    `${kept.join(', ')}.`,
    '',
    groups,
  ].join('\n')
}
