"""confluent-kafka-python, librdkafka in Python, behind the drivers' contract."""
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from contract import Member, bootstrap, gather, serve, text

base = {"bootstrap.servers": bootstrap}
admin = AdminClient(base)
members = {}


def create(topic, partitions):
    admin.create_topics([NewTopic(topic, partitions, 1)])[topic].result()


def describe(topic):
    topics = admin.list_topics(timeout=10).topics
    return {"partitions": len(topics[topic].partitions) if topic in topics else 0}


def delete(topic):
    admin.delete_topics([topic])[topic].result()


def produce(topic, codec, records):
    settings = {"compression.type": codec, "linger.ms": 20, "acks": "all", "partitioner": "murmur2_random"}
    producer = Producer(base | settings)
    faults = []
    for record in records:
        producer.produce(
            topic,
            key=record["key"],
            value=record["value"],
            headers=[(name, value) for name, value in record["headers"]],
            timestamp=record["timestamp"],
            on_delivery=lambda fault, _: faults.append(fault) if fault else None,
        )
    left = producer.flush(30)
    if faults or left:
        raise RuntimeError(f"{left} records were not answered; {faults[:1]}")


def consumer(group, protocol):
    how = {"group.protocol": "consumer"} if protocol == "consumer" else {"heartbeat.interval.ms": 500}
    return Consumer(base | how | {"group.id": group, "auto.offset.reset": "earliest", "enable.auto.commit": False})


def shown(message):
    if message.error():
        raise RuntimeError(str(message.error()))
    return {
        "topic": message.topic(),
        "partition": message.partition(),
        "offset": message.offset(),
        "key": text(message.key()),
        "value": text(message.value()),
        "timestamp": message.timestamp()[1],
        "headers": [[name, text(value)] for name, value in message.headers() or []],
    }


def consume(topics, group, protocol, count, waitMs):
    running = consumer(group, protocol)
    running.subscribe(topics)
    records, positions = gather(lambda: map(shown, running.consume(100, 0.1)), count, waitMs)
    if positions:
        running.commit(offsets=[TopicPartition(*at, offset) for at, offset in positions.items()], asynchronous=False)
    running.close()
    return {"records": records}


def join(member, topic, group, protocol):
    running = consumer(group, protocol)
    joined = members[member] = Member(lambda: running.poll(0.1), running.close)

    # Asking the consumer itself from another thread than the one that polls can wait without an end.
    def own(_, partitions):
        joined.partitions |= {one.partition for one in partitions}

    def lose(_, partitions):
        joined.partitions -= {one.partition for one in partitions}

    running.subscribe([topic], on_assign=own, on_revoke=lose, on_lost=lose)
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
