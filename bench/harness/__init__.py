"""What tools/bench is made of: machine, servers, peers, gateway, rounds, report, plots. Standard library only."""
