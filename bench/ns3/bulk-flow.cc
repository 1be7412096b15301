// One bulk TCP flow over one bottleneck, in ns-3: the same flow as bench/compare-ns3.ts simulates.
// Arguments: rate in bit/s, one-way delay in ms, queue in packets, seconds. Prints one line of JSON.
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>

#include "ns3/applications-module.h"
#include "ns3/core-module.h"
#include "ns3/internet-module.h"
#include "ns3/network-module.h"
#include "ns3/point-to-point-module.h"
#include "ns3/traffic-control-module.h"

using namespace ns3;

static uint64_t frames = 0;
static void CountFrame(Ptr<const Packet>) { frames++; }

int main(int argc, char* argv[])
{
    if (argc != 5)
    {
        std::cerr << "usage: bulk-flow RATE_BPS DELAY_MS QUEUE_PACKETS SECONDS\n";
        return 2;
    }
    const uint64_t rateBps = std::strtoull(argv[1], nullptr, 10);
    const double delayMs = std::atof(argv[2]);
    const std::string queue = std::string(argv[3]) + "p";
    const double seconds = std::atof(argv[4]);

    Config::SetDefault("ns3::TcpL4Protocol::SocketType", StringValue("ns3::TcpCubic"));
    Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(1448));
    Config::SetDefault("ns3::TcpSocket::InitialCwnd", UintegerValue(10));
    Config::SetDefault("ns3::TcpSocket::DelAckCount", UintegerValue(2));
    Config::SetDefault("ns3::TcpSocket::SndBufSize", UintegerValue(16 << 20));
    Config::SetDefault("ns3::TcpSocket::RcvBufSize", UintegerValue(16 << 20));

    NodeContainer nodes;
    nodes.Create(2);
    PointToPointHelper link;
    link.SetDeviceAttribute("DataRate", DataRateValue(DataRate(rateBps)));
    link.SetChannelAttribute("Delay", TimeValue(MilliSeconds(delayMs)));
    link.SetQueue("ns3::DropTailQueue<Packet>", "MaxSize", StringValue(queue));
    NetDeviceContainer devices = link.Install(nodes);
    InternetStackHelper stack;
    stack.Install(nodes);
    Ipv4AddressHelper addresses;
    addresses.SetBase("10.1.1.0", "255.255.255.0");
    Ipv4InterfaceContainer interfaces = addresses.Assign(devices);
    // The device's own queue is the bottleneck's, as in the other simulation; no queueing discipline above it.
    TrafficControlHelper none;
    none.Uninstall(devices);

    const uint16_t port = 5201;
    PacketSinkHelper sinkHelper("ns3::TcpSocketFactory", InetSocketAddress(Ipv4Address::GetAny(), port));
    ApplicationContainer sinks = sinkHelper.Install(nodes.Get(1));
    BulkSendHelper source("ns3::TcpSocketFactory", InetSocketAddress(interfaces.GetAddress(1), port));
    source.Install(nodes.Get(0)).Start(Seconds(0));
    for (uint32_t i = 0; i < devices.GetN(); i++)
        devices.Get(i)->TraceConnectWithoutContext("MacRx", MakeCallback(&CountFrame));

    Simulator::Stop(Seconds(seconds));
    const auto start = std::chrono::steady_clock::now();
    Simulator::Run();
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
    const uint64_t received = DynamicCast<PacketSink>(sinks.Get(0))->GetTotalRx();
    std::cout << "{\"frames\":" << frames << ",\"wallS\":" << wall.count()
              << ",\"goodputMbit\":" << received * 8 / seconds / 1e6 << "}\n";
    Simulator::Destroy();
    return 0;
}
