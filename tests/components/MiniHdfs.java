import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.apache.hadoop.hdfs.MiniDFSCluster.DataNodeProperties;
import org.apache.hadoop.hdfs.server.datanode.DataNode;
import org.apache.hadoop.hdfs.server.datanode.metrics.DataNodeMetrics;
import org.apache.hadoop.metrics2.lib.MutableCounterLong;

/**
 * A real HDFS on loopback: one namenode and some datanodes in this process, driven by lines on standard input.
 *
 * Run as "java MiniHdfs.java FOLDER DATANODES". It answers "ready PORT" when the cluster is up, and then each
 * command with "ok" or "failed REASON": "stop-datanode N", "restart-datanode N", "restart-namenode", "quit". To
 * "syncs" it answers how often the datanodes have synced to their disks.
 * End of input is "quit", so the cluster never outlives the tests that started it.
 */
public final class MiniHdfs {
    private final MiniDFSCluster cluster;
    private final List<DataNodeProperties> stopped = new ArrayList<>();
    private final List<String> datanodes = new ArrayList<>();

    private MiniHdfs(File folder, int count) throws Exception {
        Configuration settings = new Configuration();
        settings.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, folder.getPath());
        settings.setInt("dfs.replication", count);
        settings.setInt("dfs.namenode.replication.min", 1);
        // A write with one datanode of two left goes on instead of asking for a replacement there is none of.
        settings.setBoolean("dfs.client.block.write.replace-datanode-on-failure.best-effort", true);
        settings.setInt("dfs.heartbeat.interval", 1);
        settings.setBoolean("dfs.permissions.enabled", false);
        cluster = new MiniDFSCluster.Builder(settings).numDataNodes(count).build();
        cluster.waitActive();
        for (int place = 0; place < count; place++) {
            datanodes.add(cluster.getDataNodes().get(place).getDatanodeId().getXferAddr());
        }
    }

    private int place(int number) {
        for (int place = 0; place < cluster.getDataNodes().size(); place++) {
            if (cluster.getDataNodes().get(place).getDatanodeId().getXferAddr().equals(datanodes.get(number))) {
                return place;
            }
        }
        throw new IllegalStateException("datanode " + number + " is not running");
    }

    private void obey(String[] command) throws Exception {
        switch (command[0]) {
            case "stop-datanode" -> {
                DataNodeProperties node = cluster.stopDataNode(place(Integer.parseInt(command[1])));
                stopped.add(node);
                // The namenode sends no writer there any more, as if the heartbeat's time had passed.
                cluster.setDataNodeDead(node.getDatanode().getDatanodeId());
            }
            case "restart-datanode" -> {
                String address = datanodes.get(Integer.parseInt(command[1]));
                DataNodeProperties node = stopped.stream()
                        .filter(each -> each.getDatanode().getDatanodeId().getXferAddr().equals(address))
                        .findFirst().orElseThrow();
                stopped.remove(node);
                cluster.restartDataNode(node, true);
                cluster.waitActive();
            }
            case "restart-namenode" -> cluster.restartNameNode(true);
            default -> throw new IllegalArgumentException("unknown command " + command[0]);
        }
    }

    /** From the counters themselves: what JMX tells of them is up to ten seconds old. */
    private long syncs() throws Exception {
        Field counter = DataNodeMetrics.class.getDeclaredField("fsyncCount");
        counter.setAccessible(true);
        long total = 0;
        for (DataNode node : cluster.getDataNodes()) {
            total += ((MutableCounterLong) counter.get(node.getMetrics())).value();
        }
        return total;
    }

    public static void main(String[] arguments) throws Exception {
        MiniHdfs hdfs = new MiniHdfs(new File(arguments[0]), Integer.parseInt(arguments[1]));
        System.out.println("ready " + hdfs.cluster.getNameNodePort());
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
        for (String line = input.readLine(); line != null && !line.equals("quit"); line = input.readLine()) {
            try {
                if (line.equals("syncs")) {
                    System.out.println(hdfs.syncs());
                } else {
                    hdfs.obey(line.split(" "));
                    System.out.println("ok");
                }
            } catch (Exception failure) {
                System.out.println("failed " + failure);
            }
        }
        hdfs.cluster.shutdown(true);
        System.exit(0);
    }
}
