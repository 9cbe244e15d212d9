import java.io.File;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.service.Service;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.apache.hadoop.yarn.server.nodemanager.NodeManager;
import org.apache.hadoop.yarn.server.resourcemanager.ResourceManager;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.fifo.FifoScheduler;

/**
 * A real YARN on loopback: a resource manager and one node manager in this process; containers are processes.
 *
 * Run as "java MiniYarn.java FOLDER FILESYSTEM". It writes FOLDER/conf, which is what clients take for
 * HADOOP_CONF_DIR, answers "ready" when the node has registered, and ends at the end of its input. (Hadoop's own
 * MiniYARNCluster does the same, but wants JUnit.)
 */
public final class MiniYarn {
    private static String free() throws Exception {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return "127.0.0.1:" + probe.getLocalPort();
        }
    }

    private static Configuration settings(File folder, String fileSystem) throws Exception {
        Configuration settings = new Configuration(false);
        settings.set("fs.defaultFS", fileSystem);
        for (String key : new String[] {
            YarnConfiguration.RM_ADDRESS, YarnConfiguration.RM_ADMIN_ADDRESS, YarnConfiguration.RM_SCHEDULER_ADDRESS,
            YarnConfiguration.RM_RESOURCE_TRACKER_ADDRESS, YarnConfiguration.RM_WEBAPP_ADDRESS,
            YarnConfiguration.NM_ADDRESS, YarnConfiguration.NM_LOCALIZER_ADDRESS, YarnConfiguration.NM_WEBAPP_ADDRESS
        }) {
            settings.set(key, free());
        }
        settings.set(YarnConfiguration.NM_LOCAL_DIRS, new File(folder, "local").getPath());
        settings.set(YarnConfiguration.NM_LOG_DIRS, new File(folder, "logs").getPath());
        settings.setInt(YarnConfiguration.NM_PMEM_MB, 4096);
        settings.setInt(YarnConfiguration.NM_VCORES, 4);
        settings.setInt(YarnConfiguration.RM_SCHEDULER_MINIMUM_ALLOCATION_MB, 128);
        settings.setBoolean(YarnConfiguration.NM_VMEM_CHECK_ENABLED, false);
        settings.setFloat(YarnConfiguration.NM_MAX_PER_DISK_UTILIZATION_PERCENTAGE, 100);
        settings.set(YarnConfiguration.RM_SCHEDULER, FifoScheduler.class.getName()); // the usual one wants queues
        return settings;
    }

    public static void main(String[] arguments) throws Exception {
        File folder = new File(arguments[0]);
        Configuration settings = settings(folder, arguments[1]);
        File conf = new File(folder, "conf");
        conf.mkdirs();
        for (String name : new String[] {"core-site.xml", "yarn-site.xml"}) {
            try (OutputStream file = new FileOutputStream(new File(conf, name))) {
                settings.writeXml(file);
            }
        }
        ResourceManager manager = new ResourceManager();
        NodeManager node = new NodeManager();
        for (Service service : new Service[] {manager, node}) {
            YarnConfiguration all = new YarnConfiguration();
            all.addResource(settings);
            service.init(all);
            service.start();
        }
        while (manager.getResourceScheduler().getNumClusterNodes() == 0) {
            Thread.sleep(100);
        }
        System.out.println("ready");
        while (System.in.read() >= 0) {
            // the end of the input is the end of the cluster
        }
        node.stop();
        manager.stop();
        System.exit(0);
    }
}
