#include "tollgate/app/cli.hpp"

#include <iostream>

int main(int argc, char** argv) { return tollgate::run_cli(argc, argv, std::cin, std::cout, std::cerr); }
