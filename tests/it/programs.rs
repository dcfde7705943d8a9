//! Programs that Debian packages, and that have an image of their own: how they are started as in
//! that image, and asked.

/// A program that both an image and Debian have.
#[derive(Clone, Copy)]
pub struct Program {
    pub image: &'static str,
    /// Where Debian has it.
    pub binary: &'static str,
    /// The name that the image gives to its user.
    pub user: &'static str,
    /// Variables of the manifest.
    pub env: &'static [(&'static str, &'static str)],
    /// Where the manifest mounts a volume, and which: the program's data.
    pub volumes: &'static [(&'static str, &'static str)],
    /// What the image has where Debian has something else, or nothing; what starts with `->` is a
    /// link.
    pub files: &'static [(&'static str, &'static str)],
    /// Starts it, with the image's paths for Debian's.
    pub run: &'static str,
    /// Asks it something; `tell PORT BYTES` prints what is answered.
    pub ask: &'static str,
    /// What is part of the answer.
    pub answer: &'static str,
    /// What it does without, although it is mounted, and why it is.
    pub spare: &'static [(&'static str, &'static str)],
}

const CLAIM: &str = "persistentVolumeClaim: {claimName: data}";
const EMPTY: &str = "emptyDir: {}";

/// Debian's version is mostly not that of the image: what is shown is what the program does, and not
/// what the scripts of the image do around it.
pub static PROGRAMS: &[Program] = &[
    Program {
        image: "nginx:1.27",
        binary: "/usr/sbin/nginx",
        user: "nginx",
        env: &[],
        volumes: &[],
        files: &[
            (
                "/etc/nginx/nginx.conf",
                "user nginx;
                pid /var/run/nginx.pid;
                error_log /var/log/nginx/error.log notice;
                events {}
                http {
                    access_log /var/log/nginx/access.log;
                    client_body_temp_path /var/cache/nginx/client_temp;
                    proxy_temp_path /var/cache/nginx/proxy_temp;
                    fastcgi_temp_path /var/cache/nginx/fastcgi_temp;
                    uwsgi_temp_path /var/cache/nginx/uwsgi_temp;
                    scgi_temp_path /var/cache/nginx/scgi_temp;
                    server { listen 80; root /usr/share/nginx/html; }
                }",
            ),
            ("/var/log/nginx/access.log", "-> /dev/stdout"),
            ("/var/log/nginx/error.log", "-> /dev/stderr"),
        ],
        run: "exec nginx -g 'daemon off;'",
        ask: r"tell 80 'GET / HTTP/1.0\r\n\r\n'",
        answer: "Welcome to nginx",
        spare: &[],
    },
    Program {
        image: "redis:7.4",
        binary: "/usr/bin/redis-server",
        user: "redis",
        env: &[],
        volumes: &[("/data", EMPTY)],
        files: &[],
        run: "cd /data && exec redis-server --protected-mode no",
        ask: r"tell 6379 'SET key value\r\nSAVE\r\nQUIT\r\n'",
        answer: "+OK\r\n+OK\r\n+OK",
        spare: &[],
    },
    Program {
        image: "postgres:16",
        binary: "/usr/lib/postgresql",
        user: "postgres",
        // The folder is what its trap tells.
        env: &[("PGDATA", "/var/lib/postgresql/data/pgdata")],
        volumes: &[("/var/lib/postgresql/data", CLAIM)],
        files: &[],
        run: "export PATH=$(echo /usr/lib/postgresql/*/bin):$PATH
            initdb --auth=trust && exec postgres",
        ask: "psql -h 127.0.0.1 -U postgres -Atc 'SELECT 6 * 7'",
        answer: "42",
        spare: &[("/tmp", "the entrypoint makes files there")],
    },
    Program {
        image: "mariadb:11.4",
        binary: "/usr/sbin/mariadbd",
        user: "mysql",
        env: &[],
        volumes: &[("/var/lib/mysql", CLAIM)],
        files: &[],
        run: "mariadb-install-db --no-defaults --auth-root-authentication-method=normal \
                --datadir=/var/lib/mysql --skip-test-db &&
            exec mariadbd --no-defaults --datadir=/var/lib/mysql \
                --socket=/run/mysqld/mysqld.sock --pid-file=/run/mysqld/mysqld.pid",
        ask: "mariadb --no-defaults -h 127.0.0.1 -u root -Ne 'SELECT 6 * 7'",
        answer: "42",
        spare: &[],
    },
    Program {
        image: "memcached:1.6",
        binary: "/usr/bin/memcached",
        user: "memcache",
        env: &[],
        volumes: &[],
        files: &[],
        run: "exec memcached",
        ask: r"tell 11211 'set key 0 0 5\r\nvalue\r\nget key\r\nquit\r\n'",
        answer: "VALUE key 0 5",
        spare: &[],
    },
    Program {
        image: "rabbitmq:4.1",
        binary: "/usr/lib/rabbitmq/bin/rabbitmq-server",
        user: "rabbitmq",
        env: &[],
        volumes: &[("/var/lib/rabbitmq", EMPTY)],
        files: &[("/etc/rabbitmq/conf.d/10-defaults.conf", "log.console = true\n")],
        run: "HOME=/var/lib/rabbitmq exec /usr/lib/rabbitmq/bin/rabbitmq-server",
        ask: r"tell 5672 'AMQP\0\0\x09\x01'",
        answer: "RabbitMQ",
        spare: &[("/tmp", "it is only likely to be needed")],
    },
    Program {
        image: "haproxy:3.0",
        binary: "/usr/sbin/haproxy",
        user: "haproxy",
        env: &[],
        volumes: &[],
        files: &[(
            "/usr/local/etc/haproxy/haproxy.cfg",
            "defaults
                mode http
                timeout client 5s
            frontend web
                bind :8080
                http-request return status 200 content-type text/plain string ahoy\n",
        )],
        run: "exec haproxy -W -db -f /usr/local/etc/haproxy/haproxy.cfg",
        ask: r"tell 8080 'GET / HTTP/1.0\r\n\r\n'",
        answer: "ahoy",
        spare: &[],
    },
    Program {
        image: "prom/prometheus:v3.1.0",
        binary: "/usr/bin/prometheus",
        user: "nobody",
        env: &[],
        volumes: &[("/prometheus", CLAIM)],
        files: &[("/etc/prometheus/prometheus.yml", "scrape_configs: []\n")],
        run: "cd /prometheus && exec prometheus --config.file=/etc/prometheus/prometheus.yml \
                --storage.tsdb.path=/prometheus",
        ask: r"tell 9090 'GET /api/v1/query?query=6*7 HTTP/1.0\r\n\r\n'",
        answer: r#""42""#,
        spare: &[],
    },
    Program {
        image: "httpd:2.4",
        binary: "/usr/sbin/apache2",
        user: "www-data",
        env: &[],
        volumes: &[],
        files: &[
            (
                "/usr/local/apache2/conf/httpd.conf",
                "ServerRoot /usr/local/apache2
                ServerName localhost
                DefaultRuntimeDir logs
                PidFile logs/httpd.pid
                ErrorLog /proc/self/fd/2
                LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
                LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
                LoadModule dir_module /usr/lib/apache2/modules/mod_dir.so
                User www-data
                Group www-data
                Listen 80
                DocumentRoot htdocs\n",
            ),
            ("/usr/local/apache2/htdocs/index.html", "It works!"),
        ],
        run: "exec apache2 -d /usr/local/apache2 -f conf/httpd.conf -D FOREGROUND",
        ask: r"tell 80 'GET / HTTP/1.0\r\n\r\n'",
        answer: "It works!",
        spare: &[],
    },
    Program {
        image: "eclipse-mosquitto:2.0",
        binary: "/usr/sbin/mosquitto",
        user: "mosquitto",
        env: &[],
        volumes: &[("/mosquitto/data", EMPTY)],
        files: &[(
            "/mosquitto/config/mosquitto.conf",
            "listener 1883
            allow_anonymous true
            persistence true
            persistence_location /mosquitto/data/
            log_dest file /mosquitto/log/mosquitto.log\n",
        )],
        run: "exec mosquitto -c /mosquitto/config/mosquitto.conf",
        // Connects, subscribes to `t`, publishes `ahoy` there, and leaves.
        ask: r"tell 1883 '\x10\x0d\0\x04MQTT\x04\x02\0\x3c\0\x01c\x82\x06\0\x01\0\x01t\0\x30\x07\0\x01tahoy\xe0\0'",
        answer: "ahoy",
        spare: &[
            ("/mosquitto/data", "it serves, and only loses what it was to keep"),
            ("/mosquitto/log", "it serves, and only loses its log"),
        ],
    },
    Program {
        image: "varnish:7.6",
        binary: "/usr/sbin/varnishd",
        user: "varnish",
        env: &[],
        volumes: &[],
        files: &[(
            "/etc/varnish/default.vcl",
            "vcl 4.1;
            backend default none;
            sub vcl_recv { return (synth(200, \"ahoy\")); }\n",
        )],
        run: "exec varnishd -F -f /etc/varnish/default.vcl -a http=:80,HTTP \
                -a proxy=:8443,PROXY -p feature=+http2 -s malloc,100M",
        ask: r"tell 80 'GET / HTTP/1.0\r\n\r\n'",
        answer: "200 ahoy",
        spare: &[],
    },
    Program {
        image: "quay.io/coreos/etcd:v3.5.17",
        binary: "/usr/bin/etcd",
        user: "etcd",
        env: &[],
        volumes: &[("/var/lib/etcd", CLAIM)],
        files: &[],
        run: "cd /var/lib/etcd && exec etcd",
        ask: r"tell 2379 'GET /health HTTP/1.0\r\n\r\n'",
        answer: r#""health":"true""#,
        spare: &[],
    },
    Program {
        image: "prom/alertmanager:v0.27.0",
        binary: "/usr/bin/prometheus-alertmanager",
        user: "nobody",
        env: &[],
        volumes: &[("/alertmanager", EMPTY)],
        files: &[(
            "/etc/alertmanager/alertmanager.yml",
            "{route: {receiver: none}, receivers: [{name: none}]}\n",
        )],
        run: "cd /alertmanager && exec prometheus-alertmanager --storage.path=/alertmanager \
                --config.file=/etc/alertmanager/alertmanager.yml \
                --cluster.advertise-address=127.0.0.1:9094",
        ask: r"tell 9093 'GET /-/ready HTTP/1.0\r\n\r\n'",
        answer: "200 OK",
        spare: &[("/alertmanager", "it serves, and only forgets what is silenced")],
    },
    Program {
        image: "prom/blackbox-exporter:v0.25.0",
        binary: "/usr/bin/prometheus-blackbox-exporter",
        user: "nobody",
        env: &[],
        volumes: &[],
        files: &[("/etc/blackbox_exporter/config.yml", "modules: {tcp: {prober: tcp}}\n")],
        run: "exec prometheus-blackbox-exporter --config.file=/etc/blackbox_exporter/config.yml",
        ask: r"tell 9115 'GET /probe?module=tcp&target=127.0.0.1:9115 HTTP/1.0\r\n\r\n'",
        answer: "probe_success 1",
        spare: &[],
    },
    Program {
        image: "nats:2.10",
        binary: "/usr/sbin/nats-server",
        user: "nats",
        env: &[],
        volumes: &[],
        files: &[],
        run: "exec nats-server",
        ask: r"tell 4222 'CONNECT {}\r\nPING\r\n'",
        answer: "PONG",
        spare: &[],
    },
];
