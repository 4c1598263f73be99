import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** The Java client behind the drivers' contract (../README.md); compiles against 3.9 and 4.x. */
public final class Driver {
    private static final ObjectMapper JSON = new ObjectMapper();
    private final String bootstrap;
    private final Map<String, Member> members = new HashMap<>();
    private Admin admin;

    private Driver(String bootstrap) {
        this.bootstrap = bootstrap;
    }

    public static void main(String[] arguments) throws Exception {
        PrintStream answers = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        System.setOut(System.err);
        Driver driver = new Driver(arguments[0]);
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            JsonNode command = JSON.readTree(line);
            ObjectNode answer = JSON.createObjectNode().put("id", command.get("id").asInt());
            try {
                answer.set("ok", driver.run(command));
            } catch (Exception fault) {
                fault.printStackTrace();
                answer.put("error", (fault instanceof ExecutionException ? fault.getCause() : fault).toString());
            }
            answers.println(JSON.writeValueAsString(answer));
        }
        System.exit(0);
    }

    private ObjectNode run(JsonNode command) throws Exception {
        String name = command.get("command").asText();
        ObjectNode answer = JSON.createObjectNode();
        switch (name) {
            case "create" -> admin().createTopics(List.of(new NewTopic(
                command.get("topic").asText(), command.get("partitions").asInt(), (short) 1))).all().get();
            case "describe" -> answer.put("partitions", partitionsOf(command.get("topic").asText()));
            case "delete" -> admin().deleteTopics(List.of(command.get("topic").asText())).all().get();
            case "produce" -> produce(command);
            case "consume" -> answer.set("records", consume(command));
            case "join" -> members.put(command.get("member").asText(), new Member(consumerFor(command), command));
            case "assignment" -> {
                ArrayNode partitions = answer.putArray("partitions");
                members.get(command.get("member").asText()).owned.forEach((partition) -> partitions.add(partition.partition()));
            }
            case "leave" -> members.remove(command.get("member").asText()).leave();
            default -> throw new IllegalArgumentException("no command " + name);
        }
        return answer;
    }

    private Admin admin() {
        if (admin == null) {
            Properties settings = new Properties();
            settings.put("bootstrap.servers", bootstrap);
            admin = Admin.create(settings);
        }
        return admin;
    }

    private int partitionsOf(String topic) throws Exception {
        try {
            return admin().describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions().size();
        } catch (ExecutionException fault) {
            if (fault.getCause() instanceof UnknownTopicOrPartitionException) return 0;
            throw fault;
        }
    }

    private void produce(JsonNode command) throws Exception {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", bootstrap);
        settings.put("compression.type", command.get("codec").asText());
        settings.put("linger.ms", "20");
        try (KafkaProducer<String, String> producer =
                 new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            List<Future<RecordMetadata>> acknowledgements = new ArrayList<>();
            for (JsonNode record : command.get("records")) {
                ProducerRecord<String, String> message = new ProducerRecord<>(
                    command.get("topic").asText(), null, record.get("timestamp").asLong(),
                    textOf(record.get("key")), textOf(record.get("value")));
                for (JsonNode header : record.get("headers"))
                    message.headers().add(header.get(0).asText(), header.get(1).asText().getBytes(StandardCharsets.UTF_8));
                acknowledgements.add(producer.send(message));
            }
            for (Future<RecordMetadata> acknowledgement : acknowledgements) acknowledgement.get();
        }
    }

    private static String textOf(JsonNode node) {
        return node.isNull() ? null : node.asText();
    }

    private KafkaConsumer<String, String> consumerFor(JsonNode command) {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", bootstrap);
        settings.put("group.id", command.get("group").asText());
        settings.put("auto.offset.reset", "earliest");
        settings.put("enable.auto.commit", "false");
        if (command.get("protocol").asText().equals("consumer")) settings.put("group.protocol", "consumer");
        else settings.put("heartbeat.interval.ms", "500");
        return new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer());
    }

    private ArrayNode consume(JsonNode command) {
        ArrayNode answer = JSON.createArrayNode();
        Map<TopicPartition, OffsetAndMetadata> read = new HashMap<>();
        List<String> topics = new ArrayList<>();
        command.get("topics").forEach((topic) -> topics.add(topic.asText()));
        int count = command.get("count").asInt();
        long endMs = System.currentTimeMillis() + command.get("waitMs").asLong();
        try (KafkaConsumer<String, String> consumer = consumerFor(command)) {
            consumer.subscribe(topics);
            while (answer.size() < count && System.currentTimeMillis() < endMs) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(100))) {
                    if (answer.size() == count) break;
                    answer.add(shown(record));
                    read.put(new TopicPartition(record.topic(), record.partition()), new OffsetAndMetadata(record.offset() + 1));
                }
            }
            if (!read.isEmpty()) consumer.commitSync(read);
        }
        return answer;
    }

    private static ObjectNode shown(ConsumerRecord<String, String> record) {
        ObjectNode shown = JSON.createObjectNode();
        shown.put("topic", record.topic()).put("partition", record.partition()).put("offset", record.offset());
        shown.put("key", record.key()).put("value", record.value()).put("timestamp", record.timestamp());
        ArrayNode headers = shown.putArray("headers");
        for (Header header : record.headers())
            headers.addArray().add(header.key()).add(new String(header.value(), StandardCharsets.UTF_8));
        return shown;
    }

    /** A consumer that polls on a thread of its own until it is told to leave. */
    private static final class Member {
        final Set<TopicPartition> owned = ConcurrentHashMap.newKeySet();
        private final KafkaConsumer<String, String> consumer;
        private final Thread thread;

        Member(KafkaConsumer<String, String> consumer, JsonNode command) {
            this.consumer = consumer;
            consumer.subscribe(List.of(command.get("topic").asText()), new ConsumerRebalanceListener() {
                @Override
                public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
                    owned.removeAll(partitions);
                }

                @Override
                public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
                    owned.addAll(partitions);
                }
            });
            thread = new Thread(this::poll);
            thread.start();
        }

        private void poll() {
            try {
                while (true) consumer.poll(Duration.ofMillis(100));
            } catch (WakeupException told) {
                consumer.close();
            } catch (Exception fault) {
                fault.printStackTrace();
                consumer.close();
            }
        }

        void leave() throws InterruptedException {
            consumer.wakeup();
            thread.join();
        }
    }
}
