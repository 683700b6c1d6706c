"""Which keyword stands in which block of a keepalived.conf, and since which version.

From the keyword tables that keepalived's parsers install (``*_init_keywords``, every tag from
1.3.5 to 2.4.3, whatever a build leaves out). None went away in that time; what 1.3.5 knew says
``1.3.5``. A block that is not a key here holds values (addresses, names), no keywords.
"""

from __future__ import annotations

#: Block → version → its keywords. ``""`` is the file; inner blocks are named by their path.
KEYWORDS: dict[str, dict[str, str]] = {
    "": {
        "1.3.5": (
            "SSL garp_group global_defs instance linkbeat_use_polling namespace_with_ipsets "
            "net_namespace static_ipaddress static_routes static_rules use_pid_dir "
            "virtual_server virtual_server_group vrrp_instance vrrp_script vrrp_sync_group"
        ),
        "2.0.0": "bfd_instance child_wait_time vrrp_track_file",
        "2.0.3": "track_group",
        "2.0.11": "vrrp_track_process",
        "2.0.13": "linkbeat_interfaces",
        "2.1.0": "net_namespace_ipvs track_file",
        "2.2.3": "interface_up_down_delays",
    },
    "SSL": {
        "1.3.5": "ca certificate key password",
    },
    "bfd_instance": {
        "2.0.0": (
            "checker hoplimit idle_tx max_hops min_rx min_tx multiplier neighbor_ip "
            "neighbour_ip passive source_ip ttl vrrp weight"
        ),
        "2.2.8": "multihop",
    },
    "garp_group": {
        "1.3.5": "garp_interval gna_interval interface interfaces",
    },
    "global_defs": {
        "1.3.5": (
            "checker_no_swap checker_priority default_interface enable_dbus "
            "enable_script_security enable_snmp_checker enable_snmp_keepalived "
            "enable_snmp_rfc enable_snmp_rfcv2 enable_snmp_rfcv3 enable_traps lvs_flush "
            "lvs_sync_daemon lvs_timeouts notification_email notification_email_from "
            "router_id script_user smtp_connect_timeout smtp_helo_name smtp_server "
            "snmp_socket vrrp_check_unicast_src vrrp_garp_interval vrrp_garp_lower_prio_delay "
            "vrrp_garp_lower_prio_repeat vrrp_garp_master_delay vrrp_garp_master_refresh "
            "vrrp_garp_master_refresh_repeat vrrp_garp_master_repeat vrrp_gna_interval "
            "vrrp_higher_prio_send_advert vrrp_ipsets vrrp_iptables vrrp_lower_prio_no_advert "
            "vrrp_mcast_group4 vrrp_mcast_group6 vrrp_no_swap vrrp_priority "
            "vrrp_skip_check_adv_addr vrrp_strict vrrp_version"
        ),
        "1.3.6": (
            "lvs_notify_fifo lvs_notify_fifo_script notify_fifo notify_fifo_script "
            "vrrp_notify_fifo vrrp_notify_fifo_script"
        ),
        "1.3.7": "dbus_service_name",
        "2.0.0": (
            "bfd_no_swap bfd_priority bfd_rlimit_rtime bfd_rt_priority checker_rlimit_rtime "
            "checker_rt_priority dynamic_interfaces enable_snmp_vrrp lvs_netlink_cmd_rcv_bufs "
            "lvs_netlink_cmd_rcv_bufs_force lvs_netlink_monitor_rcv_bufs "
            "lvs_netlink_monitor_rcv_bufs_force no_checker_emails no_email_faults "
            "rs_init_notifies smtp_alert smtp_alert_checker smtp_alert_vrrp "
            "vrrp_netlink_cmd_rcv_bufs vrrp_netlink_cmd_rcv_bufs_force "
            "vrrp_netlink_monitor_rcv_bufs vrrp_netlink_monitor_rcv_bufs_force "
            "vrrp_rlimit_rtime vrrp_rt_priority"
        ),
        "2.0.3": "vrrp_rx_bufs_multiplier vrrp_rx_bufs_policy",
        "2.0.9": "umask",
        "2.0.11": (
            "checker_log_all_failures nftables nftables_counters nftables_ifindex "
            "nftables_priority process_monitor_rcv_bufs process_monitor_rcv_bufs_force"
        ),
        "2.0.12": "vrrp_min_garp",
        "2.0.14": "vrrp_startup_delay",
        "2.0.15": "lvs_flush_onstop random_seed",
        "2.0.16": (
            "bfd_process_name log_unknown_vrids lvs_process_name process_name process_names "
            "vrrp_notify_priority_changes vrrp_process_name"
        ),
        "2.0.17": "bfd_cpu_affinity checker_cpu_affinity vrrp_cpu_affinity",
        "2.1.0": (
            "bfd_rlimit_rttime checker_rlimit_rttime max_auto_priority "
            "min_auto_priority_delay reload_repeat reload_time_file shutdown_script "
            "shutdown_script_timeout startup_script startup_script_timeout vrrp_rlimit_rttime"
        ),
        "2.2.0": (
            "checker_process_name disable_local_igmp include_check lvs_flush_on_stop "
            "reload_check_config reload_file tmp_config_directory vmac_addr_prefix "
            "vmac_prefix vrrp_vmac_garp_intvl"
        ),
        "2.2.2": "nftables_ipvs nftables_ipvs_priority nftables_ipvs_start_fwmark",
        "2.2.3": "config_save_dir data_use_instance vrrp_down_timer_adverts vrrp_garp_extra_if",
        "2.2.5": "fifo_write_vrrp_states_on_reload",
        "2.2.8": "json_version v3_checksum_as_v2",
        "2.3.0": (
            "dbus_no_interface_name snmp_rs_stats_update_interval "
            "snmp_vs_stats_update_interval use_symlink_paths"
        ),
        "2.3.2": "iproute_etc_dir iproute_usr_dir",
        "2.3.3": "json_dump_file state_dump_file stats_dump_file vrrp_owner_ignore_adverts",
        "2.4.0": "vrrp_delay_after_boot",
    },
    "track_file": {
        "2.1.0": "file init_file weight",
    },
    "track_group": {
        "2.0.3": "group",
    },
    "virtual_server": {
        "1.3.5": (
            "alpha delay_loop flag-1 flag-2 flag-3 ha_suspend hashed hysteresis ip_family "
            "lb_algo lb_kind lvs_method lvs_sched omega ops persistence_engine "
            "persistence_granularity persistence_timeout protocol quorum quorum_down "
            "quorum_up real_server sh-fallback sh-port sorry_server sorry_server_inhibit "
            "virtualhost"
        ),
        "1.3.6": "sorry_server_lvs_method",
        "1.3.7": "delay_before_retry inhibit_on_failure retry warmup weight",
        "2.0.0": "smtp_alert",
        "2.0.13": "connect_timeout",
        "2.0.20": "mh-fallback mh-port",
        "2.2.3": "snmp_name",
    },
    "vrrp_instance": {
        "1.3.5": (
            "accept advert_int authentication debug dont_track_primary garp_lower_prio_delay "
            "garp_lower_prio_repeat garp_master_delay garp_master_refresh "
            "garp_master_refresh_repeat garp_master_repeat higher_prio_send_advert interface "
            "lower_prio_no_advert lvs_sync_daemon_interface mcast_src_ip native_ipv6 "
            "no_accept nopreempt notify notify_backup notify_fault notify_master notify_stop "
            "preempt preempt_delay priority promote_secondaries skip_check_adv_addr "
            "smtp_alert state strict_mode track_interface track_script unicast_peer "
            "unicast_src_ip use_vmac version virtual_ipaddress virtual_ipaddress_excluded "
            "virtual_router_id virtual_routes virtual_rules vmac_xmit_base"
        ),
        "1.3.7": "old_unicast_checksum",
        "2.0.0": "linkbeat_use_polling track_bfd track_file track_src_ip",
        "2.0.3": "kernel_rx_buf_size",
        "2.0.6": "notify_master_rx_lower_pri",
        "2.0.11": "track_process",
        "2.0.16": "notify_priority_changes",
        "2.0.17": "use_ipvlan",
        "2.1.0": "check_unicast_src notify_deleted unicast_ttl",
        "2.2.0": "use_vmac_addr vmac_garp_intvl",
        "2.2.3": "down_timer_adverts garp_extra_if",
        "2.2.5": "mcast_dst_ip unicast_fault_no_peer vrf",
        "2.2.8": "no_virtual_ipaddress timer_expired_backup v3_checksum_as_v2",
        "2.3.2": "thread_timer_expired",
        "2.3.3": "owner_ignore_adverts",
        "2.4.0": "auth_hmac",
    },
    "vrrp_script": {
        "1.3.5": "fall init_fail interval rise script timeout user weight",
    },
    "vrrp_sync_group": {
        "1.3.5": "global_tracking group notify notify_backup notify_fault notify_master smtp_alert",
        "2.0.0": (
            "notify_stop sync_group_tracking_weight track_bfd track_file track_interface "
            "track_script"
        ),
        "2.0.11": "track_process",
        "2.2.0": "notify_priority_changes",
    },
    "vrrp_track_file": {
        "2.0.0": "file init_file weight",
    },
    "vrrp_track_process": {
        "2.0.11": "delay full_command process quorum weight",
        "2.0.16": "fork_delay param_match quorum_max terminate_delay",
    },
    "virtual_server/real_server": {
        "1.3.5": (
            "DNS_CHECK HTTP_GET MISC_CHECK SMTP_CHECK SSL_GET TCP_CHECK inhibit_on_failure "
            "lthreshold notify_down notify_up uthreshold weight"
        ),
        "1.3.6": "lvs_method virtualhost",
        "1.3.7": "alpha delay_before_retry delay_loop retry warmup",
        "2.0.0": "BFD_CHECK smtp_alert",
        "2.0.13": "connect_timeout",
        "2.1.0": "FILE_CHECK PING_CHECK UDP_CHECK",
        "2.2.3": "snmp_name",
    },
    "vrrp_instance/auth_hmac": {
        "2.4.0": "active_key anti_replay key mode time_window",
    },
    "vrrp_instance/authentication": {
        "1.3.5": "auth_pass auth_type",
    },
    "virtual_server/real_server/BFD_CHECK": {
        "2.0.0": "alpha name",
    },
    "virtual_server/real_server/DNS_CHECK": {
        "1.3.5": "bind_port bindto connect_ip connect_port connect_timeout fwmark name retry type",
        "1.3.7": "alpha bind_if delay_before_retry delay_loop warmup",
        "2.0.11": "log_all_failures",
    },
    "virtual_server/real_server/FILE_CHECK": {
        "2.1.0": "track_file weight",
    },
    "virtual_server/real_server/HTTP_GET": {
        "1.3.5": (
            "bind_port bindto connect_ip connect_port connect_timeout delay_before_retry "
            "fwmark nb_get_retry url warmup"
        ),
        "1.3.6": "virtualhost",
        "1.3.7": "alpha bind_if delay_loop retry",
        "1.4.3": "enable_sni",
        "2.0.11": "log_all_failures",
        "2.0.17": "fast_recovery http_protocol",
        "2.2.8": "tls_compliant",
    },
    "virtual_server/real_server/MISC_CHECK": {
        "1.3.5": "misc_dynamic misc_path misc_timeout user warmup",
        "1.3.7": "alpha delay_before_retry delay_loop retry",
        "2.0.11": "log_all_failures",
    },
    "virtual_server/real_server/PING_CHECK": {
        "2.1.0": (
            "alpha bind_if bind_port bindto connect_ip connect_port connect_timeout "
            "delay_before_retry delay_loop fwmark log_all_failures retry warmup"
        ),
    },
    "virtual_server/real_server/SMTP_CHECK": {
        "1.3.5": (
            "bind_port bindto connect_ip connect_port connect_timeout delay_before_retry "
            "fwmark helo_name host retry warmup"
        ),
        "1.3.7": "alpha bind_if delay_loop",
        "2.0.11": "log_all_failures",
    },
    "virtual_server/real_server/SSL_GET": {
        "1.3.5": (
            "bind_port bindto connect_ip connect_port connect_timeout delay_before_retry "
            "fwmark nb_get_retry url warmup"
        ),
        "1.3.6": "virtualhost",
        "1.3.7": "alpha bind_if delay_loop retry",
        "1.4.3": "enable_sni",
        "2.0.11": "log_all_failures",
        "2.0.17": "fast_recovery http_protocol",
        "2.2.8": "tls_compliant",
    },
    "virtual_server/real_server/TCP_CHECK": {
        "1.3.5": (
            "bind_port bindto connect_ip connect_port connect_timeout delay_before_retry "
            "fwmark retry warmup"
        ),
        "1.3.7": "alpha bind_if delay_loop",
        "2.0.11": "log_all_failures",
    },
    "virtual_server/real_server/UDP_CHECK": {
        "2.1.0": (
            "alpha bind_if bind_port bindto connect_ip connect_port connect_timeout "
            "delay_before_retry delay_loop fwmark log_all_failures require_reply retry warmup"
        ),
        "2.2.0": "max_reply_length min_reply_length payload",
    },
    "virtual_server/real_server/HTTP_GET/url": {
        "1.3.5": "digest path status_code",
        "1.3.6": "virtualhost",
        "2.0.7": "regex regex_max_offset regex_min_offset regex_no_match regex_options regex_stack",
        "2.2.8": "tls_compliant",
    },
    "virtual_server/real_server/SMTP_CHECK/host": {
        "1.3.5": "bind_port bindto connect_ip connect_port connect_timeout fwmark",
        "1.3.7": "alpha bind_if delay_before_retry delay_loop retry warmup",
        "2.0.11": "log_all_failures",
    },
    "virtual_server/real_server/SSL_GET/url": {
        "1.3.5": "digest path status_code",
        "1.3.6": "virtualhost",
        "2.0.7": "regex regex_max_offset regex_min_offset regex_no_match regex_options regex_stack",
        "2.2.8": "tls_compliant",
    },
}
