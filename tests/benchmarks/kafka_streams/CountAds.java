import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.WindowStore;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;

/**
 * The same job on Kafka Streams: views by campaign and 10 s window, exactly once inside Kafka (state and changelog), commit each second;
 * into the store as absolute counts, which is idempotent. Arguments: bootstrap servers, store host, store port, topic, application id, state folder.
 */
public final class CountAds {
  @JsonIgnoreProperties(ignoreUnknown = true)
  public static final class Ad {
    public String campaign_id;
    public String event_type;
    public long event_time;
  }

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final ObjectReader READER = JSON.readerFor(Ad.class);
  private static final ObjectWriter WRITER = JSON.writerFor(Ad.class);

  /** HSET of absolute counts, sent when a thousand wait and each 100 ms. */
  private static final class Sink extends ContextualProcessor<Windowed<String>, Long, Void, Void> {
    private final String host;
    private final int port;
    private Jedis store;
    private Pipeline pipeline;
    private int waiting;

    Sink(String host, int port) {
      this.host = host;
      this.port = port;
    }

    @Override
    public void init(ProcessorContext<Void, Void> context) {
      super.init(context);
      store = new Jedis(host, port);
      pipeline = store.pipelined();
      context.schedule(Duration.ofMillis(100), PunctuationType.WALL_CLOCK_TIME, now -> flush());
    }

    @Override
    public void process(Record<Windowed<String>, Long> count) {
      pipeline.hset("w:" + count.key().window().start(), count.key().key(), Long.toString(count.value()));
      if (++waiting >= 1000) flush();
    }

    private void flush() {
      if (waiting > 0) pipeline.sync();
      waiting = 0;
    }

    @Override
    public void close() {
      flush();
      store.close();
    }
  }

  public static void main(String[] args) {
    Properties properties = new Properties();
    properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, args[0]);
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, args[4]);
    properties.put(StreamsConfig.STATE_DIR_CONFIG, args[5]);
    properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    properties.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
    properties.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 1000);
    properties.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 64L << 20);
    properties.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
    properties.put(StreamsConfig.consumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG), 6000);
    properties.put(StreamsConfig.consumerPrefix(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG), 1500);
    properties.put(StreamsConfig.consumerPrefix(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG), 50);
    properties.put(StreamsConfig.producerPrefix(ProducerConfig.COMPRESSION_TYPE_CONFIG), "lz4");

    Serde<Ad> ads = Serdes.serdeFrom((topic, ad) -> write(ad), (topic, bytes) -> read(bytes));
    Materialized<String, Long, WindowStore<Bytes, byte[]>> counts = Materialized.as("counts");
    StreamsBuilder builder = new StreamsBuilder();
    builder
        .stream(args[3], Consumed.with(Serdes.String(), ads).withTimestampExtractor((event, time) -> ((Ad) event.value()).event_time))
        .filter((campaign, ad) -> "view".equals(ad.event_type))
        .groupByKey(Grouped.with(Serdes.String(), ads))
        .windowedBy(TimeWindows.ofSizeAndGrace(Duration.ofSeconds(10), Duration.ofSeconds(60)))
        .count(counts.withCachingEnabled())
        .toStream()
        .process(() -> new Sink(args[1], Integer.parseInt(args[2])));
    KafkaStreams streams = new KafkaStreams(builder.build(), properties);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> streams.close(Duration.ofSeconds(3))));
    streams.start();
  }

  private static byte[] write(Ad ad) {
    try {
      return WRITER.writeValueAsBytes(ad);
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  private static Ad read(byte[] bytes) {
    try {
      return READER.readValue(bytes);
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }
}
