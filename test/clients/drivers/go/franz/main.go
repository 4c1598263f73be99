// franz-go behind the drivers' contract.
package main

import (
	"context"
	"os"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"gregor/clients/contract"
)

var codecs = map[string]kgo.CompressionCodec{
	"none":   kgo.NoCompression(),
	"gzip":   kgo.GzipCompression(),
	"snappy": kgo.SnappyCompression(),
	"lz4":    kgo.Lz4Compression(),
	"zstd":   kgo.ZstdCompression(),
}

var (
	bootstrap = kgo.SeedBrokers(os.Args[1])
	admin     *kadm.Client
	members   = map[string]*member{}
	forever   = context.Background()
)

func main() {
	client, fault := kgo.NewClient(bootstrap)
	if fault != nil {
		panic(fault)
	}
	admin = kadm.NewClient(client)
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

func create(command contract.Command) (contract.Answer, error) {
	_, fault := admin.CreateTopic(forever, command.Partitions, 1, nil, command.Topic)
	return nil, fault
}

func describe(command contract.Command) (contract.Answer, error) {
	topics, fault := admin.ListTopics(forever, command.Topic)
	if fault != nil {
		return nil, fault
	}
	topic := topics[command.Topic]
	if topic.Err == kerr.UnknownTopicOrPartition {
		return contract.Answer{"partitions": 0}, nil
	}
	return contract.Answer{"partitions": len(topic.Partitions)}, topic.Err
}

func remove(command contract.Command) (contract.Answer, error) {
	_, fault := admin.DeleteTopic(forever, command.Topic)
	return nil, fault
}

func produce(command contract.Command) (contract.Answer, error) {
	client, fault := kgo.NewClient(bootstrap, kgo.ProducerBatchCompression(codecs[command.Codec]), kgo.ProducerLinger(20*time.Millisecond))
	if fault != nil {
		return nil, fault
	}
	defer client.Close()
	records := make([]*kgo.Record, 0, len(command.Records))
	for _, record := range command.Records {
		headers := make([]kgo.RecordHeader, 0, len(record.Headers))
		for _, header := range record.Headers {
			headers = append(headers, kgo.RecordHeader{Key: header[0], Value: []byte(header[1])})
		}
		records = append(records, &kgo.Record{
			Topic:     command.Topic,
			Key:       contract.Bytes(record.Key),
			Value:     contract.Bytes(record.Value),
			Headers:   headers,
			Timestamp: time.UnixMilli(record.Timestamp),
		})
	}
	return nil, client.ProduceSync(forever, records...).FirstErr()
}

func groupOf(command contract.Command, topics []string, more ...kgo.Opt) (*kgo.Client, error) {
	options := append([]kgo.Opt{
		bootstrap,
		kgo.ConsumerGroup(command.Group),
		kgo.ConsumeTopics(topics...),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.DisableAutoCommit(),
		kgo.HeartbeatInterval(500 * time.Millisecond),
		kgo.FetchMaxWait(200 * time.Millisecond),
	}, more...)
	if command.Protocol == "consumer" {
		options = append(options, kgo.ServerSideBalancer(), kgo.Balancers(kgo.StickyBalancer()))
	}
	return kgo.NewClient(options...)
}

func consume(command contract.Command) (contract.Answer, error) {
	client, fault := groupOf(command, command.Topics)
	if fault != nil {
		return nil, fault
	}
	defer client.Close()
	until, over := context.WithTimeout(forever, command.Wait())
	defer over()
	read := []*kgo.Record{}
	for len(read) < command.Count && until.Err() == nil {
		fetches := client.PollRecords(until, command.Count-len(read))
		if fault := fetches.Err(); fault != nil && until.Err() == nil {
			return nil, fault
		}
		read = append(read, fetches.Records()...)
	}
	if fault := client.CommitRecords(forever, read...); fault != nil {
		return nil, fault
	}
	shown := make([]contract.Record, 0, len(read))
	for _, record := range read {
		headers := make([][2]string, 0, len(record.Headers))
		for _, header := range record.Headers {
			headers = append(headers, [2]string{header.Key, string(header.Value)})
		}
		shown = append(shown, contract.Record{
			Topic:     record.Topic,
			Partition: record.Partition,
			Offset:    record.Offset,
			Key:       contract.Text(record.Key),
			Value:     contract.Text(record.Value),
			Headers:   headers,
			Timestamp: record.Timestamp.UnixMilli(),
		})
	}
	return contract.Answer{"records": shown}, nil
}

// A member polls on until its client is closed; what it owns is told by the callbacks.
type member struct {
	client *kgo.Client
	lock   sync.Mutex
	owned  map[int32]bool
}

func (joined *member) own(isOwned bool) func(context.Context, *kgo.Client, map[string][]int32) {
	return func(_ context.Context, _ *kgo.Client, topics map[string][]int32) {
		joined.lock.Lock()
		defer joined.lock.Unlock()
		for _, partitions := range topics {
			for _, partition := range partitions {
				if isOwned {
					joined.owned[partition] = true
				} else {
					delete(joined.owned, partition)
				}
			}
		}
	}
}

func join(command contract.Command) (contract.Answer, error) {
	joined := &member{owned: map[int32]bool{}}
	client, fault := groupOf(command, []string{command.Topic},
		kgo.OnPartitionsAssigned(joined.own(true)),
		kgo.OnPartitionsRevoked(joined.own(false)),
		kgo.OnPartitionsLost(joined.own(false)))
	if fault != nil {
		return nil, fault
	}
	joined.client = client
	members[command.Member] = joined
	go func() {
		for !client.PollFetches(forever).IsClientClosed() {
		}
	}()
	return nil, nil
}

func assignment(command contract.Command) (contract.Answer, error) {
	joined := members[command.Member]
	joined.lock.Lock()
	defer joined.lock.Unlock()
	partitions := []int32{}
	for partition := range joined.owned {
		partitions = append(partitions, partition)
	}
	return contract.Answer{"partitions": partitions}, nil
}

func leave(command contract.Command) (contract.Answer, error) {
	members[command.Member].client.Close()
	delete(members, command.Member)
	return nil, nil
}
