// sarama behind the drivers' contract.
package main

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"

	"github.com/IBM/sarama"

	"gregor/clients/contract"
)

var codecs = map[string]sarama.CompressionCodec{
	"none":   sarama.CompressionNone,
	"gzip":   sarama.CompressionGZIP,
	"snappy": sarama.CompressionSnappy,
	"lz4":    sarama.CompressionLZ4,
	"zstd":   sarama.CompressionZSTD,
}

var (
	bootstrap = []string{os.Args[1]}
	admin     sarama.ClusterAdmin
	members   = map[string]*member{}
)

func main() {
	contract.Serve(map[string]func(contract.Command) (contract.Answer, error){
		"create":     create,
		"describe":   describe,
		"delete":     remove,
		"produce":    produce,
		"consume":    consume,
		"join":       join,
		"assignment": assignment,
		"leave":      leave,
	})
}

func settings() *sarama.Config {
	config := sarama.NewConfig()
	config.Version = sarama.MaxVersion
	config.ClientID = "sarama"
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Return.Successes = true
	config.Producer.Partitioner = sarama.NewMurmur2Partitioner
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.Offsets.AutoCommit.Enable = false
	config.Consumer.Group.Heartbeat.Interval = 500 * time.Millisecond
	config.Consumer.MaxWaitTime = 200 * time.Millisecond
	return config
}

func connected() (sarama.ClusterAdmin, error) {
	if admin != nil {
		return admin, nil
	}
	var fault error
	admin, fault = sarama.NewClusterAdmin(bootstrap, settings())
	return admin, fault
}

func create(command contract.Command) (contract.Answer, error) {
	admin, fault := connected()
	if fault != nil {
		return nil, fault
	}
	return nil, admin.CreateTopic(command.Topic, &sarama.TopicDetail{NumPartitions: command.Partitions, ReplicationFactor: 1}, false)
}

func describe(command contract.Command) (contract.Answer, error) {
	admin, fault := connected()
	if fault != nil {
		return nil, fault
	}
	topics, fault := admin.DescribeTopics([]string{command.Topic})
	if fault != nil {
		return nil, fault
	}
	if errors.Is(topics[0].Err, sarama.ErrUnknownTopicOrPartition) {
		return contract.Answer{"partitions": 0}, nil
	}
	return contract.Answer{"partitions": len(topics[0].Partitions)}, nil
}

func remove(command contract.Command) (contract.Answer, error) {
	admin, fault := connected()
	if fault != nil {
		return nil, fault
	}
	return nil, admin.DeleteTopic(command.Topic)
}

func produce(command contract.Command) (contract.Answer, error) {
	config := settings()
	config.Producer.Compression = codecs[command.Codec]
	config.Producer.Flush.Frequency = 20 * time.Millisecond
	producer, fault := sarama.NewSyncProducer(bootstrap, config)
	if fault != nil {
		return nil, fault
	}
	defer producer.Close()
	messages := make([]*sarama.ProducerMessage, 0, len(command.Records))
	for _, record := range command.Records {
		message := &sarama.ProducerMessage{Topic: command.Topic, Timestamp: time.UnixMilli(record.Timestamp)}
		if record.Key != nil {
			message.Key = sarama.StringEncoder(*record.Key)
		}
		if record.Value != nil {
			message.Value = sarama.StringEncoder(*record.Value)
		}
		for _, header := range record.Headers {
			message.Headers = append(message.Headers, sarama.RecordHeader{Key: []byte(header[0]), Value: []byte(header[1])})
		}
		messages = append(messages, message)
	}
	return nil, producer.SendMessages(messages)
}

// A member consumes until it is cancelled. It keeps at most `count` records and marks no more than those.
type member struct {
	group  sarama.ConsumerGroup
	cancel context.CancelFunc
	ended  chan struct{}
	whole  chan struct{}
	count  int
	lock   sync.Mutex
	owned  []int32
	read   []contract.Record
}

func (joined *member) Setup(session sarama.ConsumerGroupSession) error {
	joined.lock.Lock()
	defer joined.lock.Unlock()
	joined.owned = []int32{}
	for _, partitions := range session.Claims() {
		joined.owned = append(joined.owned, partitions...)
	}
	return nil
}

func (joined *member) Cleanup(session sarama.ConsumerGroupSession) error {
	joined.lock.Lock()
	defer joined.lock.Unlock()
	joined.owned = []int32{}
	session.Commit()
	return nil
}

func (joined *member) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for {
		select {
		case message, open := <-claim.Messages():
			if !open {
				return nil
			}
			joined.keep(session, message)
		case <-session.Context().Done():
			return nil
		}
	}
}

func (joined *member) keep(session sarama.ConsumerGroupSession, message *sarama.ConsumerMessage) {
	joined.lock.Lock()
	defer joined.lock.Unlock()
	if len(joined.read) >= joined.count {
		return
	}
	headers := make([][2]string, 0, len(message.Headers))
	for _, header := range message.Headers {
		headers = append(headers, [2]string{string(header.Key), string(header.Value)})
	}
	joined.read = append(joined.read, contract.Record{
		Topic:     message.Topic,
		Partition: message.Partition,
		Offset:    message.Offset,
		Key:       contract.Text(message.Key),
		Value:     contract.Text(message.Value),
		Headers:   headers,
		Timestamp: message.Timestamp.UnixMilli(),
	})
	session.MarkMessage(message, "")
	if len(joined.read) == joined.count {
		close(joined.whole)
	}
}

func start(group string, topics []string, count int) (*member, error) {
	client, fault := sarama.NewConsumerGroup(bootstrap, group, settings())
	if fault != nil {
		return nil, fault
	}
	until, cancel := context.WithCancel(context.Background())
	joined := &member{group: client, cancel: cancel, ended: make(chan struct{}), whole: make(chan struct{}), count: count, read: []contract.Record{}}
	go func() {
		defer close(joined.ended)
		for until.Err() == nil {
			if fault := client.Consume(until, topics, joined); fault != nil {
				println(fault.Error())
				time.Sleep(100 * time.Millisecond)
			}
		}
	}()
	return joined, nil
}

func (joined *member) leave() error {
	joined.cancel()
	<-joined.ended
	return joined.group.Close()
}

func consume(command contract.Command) (contract.Answer, error) {
	joined, fault := start(command.Group, command.Topics, command.Count)
	if fault != nil {
		return nil, fault
	}
	select {
	case <-joined.whole:
	case <-time.After(command.Wait()):
	}
	return contract.Answer{"records": joined.read}, joined.leave()
}

func join(command contract.Command) (contract.Answer, error) {
	joined, fault := start(command.Group, []string{command.Topic}, 0)
	members[command.Member] = joined
	return nil, fault
}

func assignment(command contract.Command) (contract.Answer, error) {
	joined := members[command.Member]
	joined.lock.Lock()
	defer joined.lock.Unlock()
	partitions := []int32{}
	return contract.Answer{"partitions": append(partitions, joined.owned...)}, nil
}

func leave(command contract.Command) (contract.Answer, error) {
	joined := members[command.Member]
	delete(members, command.Member)
	return nil, joined.leave()
}
