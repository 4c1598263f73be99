"""kafka-python, the protocol in Python, behind the drivers' contract."""
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic
from kafka.structs import OffsetAndMetadata

from contract import Member, bootstrap, gather, serve, text

members = {}
_admin = []


def admin():
    if not _admin:
        _admin.append(KafkaAdminClient(bootstrap_servers=bootstrap))
    return _admin[0]


def create(topic, partitions):
    admin().create_topics([NewTopic(topic, partitions, 1)])


def describe(topic):
    if topic not in admin().list_topics():
        return {"partitions": 0}
    return {"partitions": len(admin().describe_topics([topic])[0]["partitions"])}


def delete(topic):
    admin().delete_topics([topic])


def produce(topic, codec, records):
    kind = None if codec == "none" else codec
    producer = KafkaProducer(bootstrap_servers=bootstrap, compression_type=kind, linger_ms=20, acks="all")
    sent = [
        producer.send(
            topic,
            key=record["key"] and record["key"].encode(),
            value=record["value"] if record["value"] is None else record["value"].encode(),
            headers=[(name, value.encode()) for name, value in record["headers"]],
            timestamp_ms=record["timestamp"],
        )
        for record in records
    ]
    producer.flush()
    for one in sent:
        one.get(timeout=30)
    producer.close()


def consumer(group):
    return KafkaConsumer(
        bootstrap_servers=bootstrap,
        group_id=group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        heartbeat_interval_ms=500,
    )


def shown(record):
    return {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "key": text(record.key),
        "value": text(record.value),
        "timestamp": record.timestamp,
        "headers": [[name, text(value)] for name, value in record.headers],
    }


def polled(running):
    return [shown(record) for records in running.poll(timeout_ms=100).values() for record in records]


def consume(topics, group, protocol, count, waitMs):
    running = consumer(group)
    running.subscribe(topics)
    records, positions = gather(lambda: polled(running), count, waitMs)
    if positions:
        running.commit({TopicPartition(*at): OffsetAndMetadata(offset, "", -1) for at, offset in positions.items()})
    running.close()
    return {"records": records}


def join(member, topic, group, protocol):
    running = consumer(group)
    running.subscribe([topic])

    def poll():
        running.poll(timeout_ms=100)
        joined.partitions = {one.partition for one in running.assignment()}

    joined = members[member] = Member(poll, running.close)
    joined.start()


def assignment(member):
    return {"partitions": list(members[member].partitions)}


def leave(member):
    members.pop(member).leave()


serve({
    "create": create,
    "describe": describe,
    "delete": delete,
    "produce": produce,
    "consume": consume,
    "join": join,
    "assignment": assignment,
    "leave": leave,
})
